BEGIN TRANSACTION;
CREATE TABLE actions (
	number INTEGER NOT NULL, 
	asked_at DOUBLE NOT NULL, 
	group_id TEXT NOT NULL, 
	job TEXT NOT NULL, 
	result TEXT NOT NULL, 
	due_at DOUBLE NOT NULL, 
	attempts INTEGER NOT NULL, 
	lease TEXT, 
	lease_until DOUBLE NOT NULL, 
	told TEXT NOT NULL, 
	ended_at DOUBLE, 
	PRIMARY KEY (number)
);
INSERT INTO "actions" VALUES(1,1795161660.0,'bf298a25e2bc0b48','{"verb": "silence", "group_id": "bf298a25e2bc0b48", "person": {"id": "U0ALICE1", "name": "alice \u00e9"}, "via": "button", "until": "2026-11-20T09:00:00+00:00", "comment": "known \"\u00e9\"", "respond": "https://hooks/x"}','done',1795161660.0,0,NULL,1795161720.0,'silenced',1795161690.0);
INSERT INTO "actions" VALUES(2,1795161720.0,'bf298a25e2bc0b48','{"verb": "unsilence", "group_id": "bf298a25e2bc0b48", "person": {"id": "U0ALICE1", "name": "alice \u00e9"}, "via": "button", "until": "2026-11-20T09:00:00+00:00", "comment": "known \"\u00e9\"", "respond": "https://hooks/x"}','waiting',1795161720.0,0,NULL,0.0,'',NULL);
CREATE TABLE channels (
	name TEXT NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "channels" VALUES('#db','CDB');
INSERT INTO "channels" VALUES('#alerts','CALERTS');
CREATE TABLE deliveries (
	group_id TEXT NOT NULL, 
	work TEXT NOT NULL, 
	due_at DOUBLE, 
	waiting_since DOUBLE, 
	firing BOOLEAN NOT NULL, 
	rank INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	lane TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	delivered TEXT NOT NULL, 
	intent TEXT, 
	lease TEXT, 
	lease_until DOUBLE NOT NULL, 
	last_error TEXT NOT NULL, 
	last_error_at DOUBLE, 
	sent_at DOUBLE, 
	PRIMARY KEY (group_id)
);
INSERT INTO "deliveries" VALUES('beat-d0d813737b','idle',1795161900.0,NULL,1,1000,'#alerts','post #alerts',0,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{}}',NULL,NULL,1795161720.0,'',NULL,NULL);
INSERT INTO "deliveries" VALUES('bf298a25e2bc0b48','pending',1795161660.0,1795161660.0,1,1,'#alerts','edit #alerts',0,'{"message":["CALERTS","2.0","#alerts"],"fingerprint":"8232b94e87942ee65089148e0a180e11","shown":"firing","shown_until":null,"told":{"a":["2026-11-20T08:00:00+00:00","firing"]},"thread":{"called_at":"2026-11-20T08:00:00+00:00","escalated":0,"replied_at":null,"worst":1,"fired":["2026-11-20T08:00:00+00:00"],"resolved":[],"resolved_at":null,"listed":"","named":0,"lists":0}}',NULL,NULL,1795161720.0,'',NULL,1795161600.0);
INSERT INTO "deliveries" VALUES('adb1a0b2f2e38ff7','idle',NULL,NULL,0,1,'#db','edit #db',0,'{"message":["CDB","1.0","#db"],"fingerprint":"fc6392e221e2d242988640c6070344af","shown":"resolved","shown_until":"2026-11-20T08:00:00.600000+00:00","told":{"b":["2026-11-20T08:00:00+00:00","resolved"]},"thread":{"called_at":"2026-11-20T08:00:00+00:00","escalated":0,"replied_at":null,"worst":1,"fired":["2026-11-20T08:00:00+00:00"],"resolved":[],"resolved_at":null,"listed":"","named":0,"lists":0}}',NULL,NULL,1795161722.0,'',NULL,1795161602.0);
INSERT INTO "deliveries" VALUES('operations','idle',1795161630.0,NULL,1,1000,'#ops','edit #ops',0,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{}}',NULL,NULL,1795161720.0,'',NULL,NULL);
INSERT INTO "deliveries" VALUES('f1fb6dc5d04b66c5','parked',1795162507.0,1795161607.0,1,2,'#alerts','post #alerts',1,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{}}',NULL,NULL,1795161727.0,'is_archived',1795161607.0,NULL);
INSERT INTO "deliveries" VALUES('c55df88633ee52d4','idle',NULL,NULL,1,1,'#alerts','post #alerts',0,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{"s0":["2026-11-20T08:00:12+00:00","firing"]}}',NULL,NULL,0.0,'',NULL,NULL);
INSERT INTO "deliveries" VALUES('b1ca6c9e22377b37','idle',NULL,NULL,1,1,'#alerts','post #alerts',0,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{"s1":["2026-11-20T08:00:12+00:00","firing"]}}',NULL,NULL,0.0,'',NULL,NULL);
INSERT INTO "deliveries" VALUES('e530654787f21a32','idle',NULL,NULL,1,1,'#alerts','post #alerts',0,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{"s2":["2026-11-20T08:00:12+00:00","firing"]}}',NULL,NULL,0.0,'',NULL,NULL);
INSERT INTO "deliveries" VALUES('203193d0d9b5cb42','idle',NULL,NULL,1,1,'#alerts','post #alerts',0,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{"s3":["2026-11-20T08:00:12+00:00","firing"]}}',NULL,NULL,0.0,'',NULL,NULL);
INSERT INTO "deliveries" VALUES('7b9e8c8fefbc0c63','idle',NULL,NULL,1,1,'#alerts','post #alerts',0,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{"s4":["2026-11-20T08:00:12+00:00","firing"]}}',NULL,NULL,0.0,'',NULL,NULL);
INSERT INTO "deliveries" VALUES('cf88a18bf45a9a1a','idle',NULL,NULL,1,1,'#alerts','post #alerts',0,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{"s5":["2026-11-20T08:00:12+00:00","firing"]}}',NULL,NULL,0.0,'',NULL,NULL);
INSERT INTO "deliveries" VALUES('d0935e8c11cedbcc','idle',NULL,NULL,1,1,'#alerts','post #alerts',0,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{"s6":["2026-11-20T08:00:12+00:00","firing"]}}',NULL,NULL,0.0,'',NULL,NULL);
INSERT INTO "deliveries" VALUES('636b872462d6d5b9','idle',NULL,NULL,1,1,'#alerts','post #alerts',0,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{"s7":["2026-11-20T08:00:12+00:00","firing"]}}',NULL,NULL,0.0,'',NULL,NULL);
INSERT INTO "deliveries" VALUES('storm-bbf01f7c04','idle',NULL,NULL,1,1000,'#alerts','edit #alerts',0,'{"message":["CALERTS","3.0","#alerts"],"fingerprint":"39b10c13a3de68e8efec63c994af057a","shown":"firing","shown_until":null,"told":{},"accounted":{"woke_at":"2026-11-20T08:00:09+00:00","edited_at":"2026-11-20T08:00:09+00:00","announced":8,"worst":1,"listed":8,"listed_at":"2026-11-20T08:00:19+00:00","lists":1}}',NULL,NULL,1795161739.0,'',NULL,1795161619.0);
INSERT INTO "deliveries" VALUES('969ae8807e4ba409','pending',1795161630.0,1795161629.0,1,2,'#db','post #db',1,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{}}','{"token":"tocsin-c53d74109bd49a90f4bdaff4","kind":"post","channel":"#db","thread_ts":"","at":"2026-11-20T08:00:29+00:00","after":{"message":null,"fingerprint":"66c2219f7436424b56fec0b8190edfbb","shown":"firing","shown_until":null,"told":{"d":["2026-11-20T08:00:36+00:00","firing"]},"thread":{"called_at":"2026-11-20T08:00:29+00:00","escalated":0,"replied_at":null,"worst":2,"fired":["2026-11-20T08:00:29+00:00"],"resolved":[],"resolved_at":null,"listed":"","named":0,"lists":0}},"looked":0,"pages":0,"cursor":""}',NULL,1795161749.0,'no answer',1795161629.0,NULL);
INSERT INTO "deliveries" VALUES('13d35d85e666d8b1','pending',1795161629.0,1795161629.0,1,1,'#alerts','post #alerts',0,'{"message":null,"fingerprint":"","shown":"firing","shown_until":null,"told":{}}',NULL,NULL,0.0,'',NULL,NULL);
CREATE TABLE groups (
	id TEXT NOT NULL, 
	state TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	firing BOOLEAN NOT NULL, 
	rank INTEGER NOT NULL, 
	updated_at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "groups" VALUES('bf298a25e2bc0b48','{"receiver":"relay","group_key":"firing","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"a","status":"firing","labels":{"alertname":"A","host":"a","severity":"warning"},"annotations":{"summary":"quoted \"\u00e9\" \\ \ud83d\udc18"},"starts_at":"2026-11-20T08:00:00+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:00+00:00","learnt_at":null,"presumed":false}]}',3,1,1,1795161600.0);
INSERT INTO "groups" VALUES('adb1a0b2f2e38ff7','{"receiver":"relay","group_key":"over","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"b","status":"resolved","labels":{"alertname":"A","host":"b","severity":"warning","team":"db"},"annotations":{"summary":"trouble on b"},"starts_at":"2026-11-20T08:00:00+00:00","ends_at":"2026-11-20T08:00:00.600000+00:00","generator_url":"","reported_at":"2026-11-20T08:00:02+00:00","learnt_at":"2026-11-20T08:00:02+00:00","presumed":false}]}',2,0,1,1795161602.0);
INSERT INTO "groups" VALUES('f1fb6dc5d04b66c5','{"receiver":"relay","group_key":"parked","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"c","status":"firing","labels":{"alertname":"A","host":"c","severity":"critical"},"annotations":{"summary":"trouble on c"},"starts_at":"2026-11-20T08:00:00+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:07+00:00","learnt_at":null,"presumed":false}]}',1,1,2,1795161607.0);
INSERT INTO "groups" VALUES('c55df88633ee52d4','{"receiver":"relay","group_key":"storm0","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"s0","status":"firing","labels":{"alertname":"A","host":"s0","severity":"warning"},"annotations":{"summary":"trouble on s0"},"starts_at":"2026-11-20T08:00:12+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:09+00:00","learnt_at":null,"presumed":false}]}',1,1,1,1795161609.0);
INSERT INTO "groups" VALUES('b1ca6c9e22377b37','{"receiver":"relay","group_key":"storm1","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"s1","status":"firing","labels":{"alertname":"A","host":"s1","severity":"warning"},"annotations":{"summary":"trouble on s1"},"starts_at":"2026-11-20T08:00:12+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:09+00:00","learnt_at":null,"presumed":false}]}',1,1,1,1795161609.0);
INSERT INTO "groups" VALUES('e530654787f21a32','{"receiver":"relay","group_key":"storm2","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"s2","status":"firing","labels":{"alertname":"A","host":"s2","severity":"warning"},"annotations":{"summary":"trouble on s2"},"starts_at":"2026-11-20T08:00:12+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:09+00:00","learnt_at":null,"presumed":false}]}',1,1,1,1795161609.0);
INSERT INTO "groups" VALUES('203193d0d9b5cb42','{"receiver":"relay","group_key":"storm3","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"s3","status":"firing","labels":{"alertname":"A","host":"s3","severity":"warning"},"annotations":{"summary":"trouble on s3"},"starts_at":"2026-11-20T08:00:12+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:09+00:00","learnt_at":null,"presumed":false}]}',1,1,1,1795161609.0);
INSERT INTO "groups" VALUES('7b9e8c8fefbc0c63','{"receiver":"relay","group_key":"storm4","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"s4","status":"firing","labels":{"alertname":"A","host":"s4","severity":"warning"},"annotations":{"summary":"trouble on s4"},"starts_at":"2026-11-20T08:00:12+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:09+00:00","learnt_at":null,"presumed":false}]}',1,1,1,1795161609.0);
INSERT INTO "groups" VALUES('cf88a18bf45a9a1a','{"receiver":"relay","group_key":"storm5","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"s5","status":"firing","labels":{"alertname":"A","host":"s5","severity":"warning"},"annotations":{"summary":"trouble on s5"},"starts_at":"2026-11-20T08:00:12+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:09+00:00","learnt_at":null,"presumed":false}]}',1,1,1,1795161609.0);
INSERT INTO "groups" VALUES('d0935e8c11cedbcc','{"receiver":"relay","group_key":"storm6","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"s6","status":"firing","labels":{"alertname":"A","host":"s6","severity":"warning"},"annotations":{"summary":"trouble on s6"},"starts_at":"2026-11-20T08:00:12+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:09+00:00","learnt_at":null,"presumed":false}]}',1,1,1,1795161609.0);
INSERT INTO "groups" VALUES('636b872462d6d5b9','{"receiver":"relay","group_key":"storm7","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"s7","status":"firing","labels":{"alertname":"A","host":"s7","severity":"warning"},"annotations":{"summary":"trouble on s7"},"starts_at":"2026-11-20T08:00:12+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:09+00:00","learnt_at":null,"presumed":false}]}',1,1,1,1795161609.0);
INSERT INTO "groups" VALUES('969ae8807e4ba409','{"receiver":"relay","group_key":"unknown","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"d","status":"firing","labels":{"alertname":"A","host":"d","severity":"critical","team":"db"},"annotations":{"summary":"trouble on d"},"starts_at":"2026-11-20T08:00:36+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:29+00:00","learnt_at":null,"presumed":false}]}',1,1,2,1795161629.0);
INSERT INTO "groups" VALUES('13d35d85e666d8b1','{"receiver":"relay","group_key":"untold","group_labels":{"alertname":"A"},"external_url":"http://am:9093","hidden":0,"records":[{"fingerprint":"e","status":"firing","labels":{"alertname":"A","host":"e","severity":"warning"},"annotations":{"summary":"trouble on e"},"starts_at":"2026-11-20T08:00:42+00:00","ends_at":null,"generator_url":"","reported_at":"2026-11-20T08:00:29+00:00","learnt_at":null,"presumed":false}]}',1,1,1,1795161629.0);
CREATE TABLE heartbeats (
	name TEXT NOT NULL, 
	seen_at DOUBLE NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "heartbeats" VALUES('alertname=Watchdog, host=beat',1795161600.0);
CREATE TABLE history (
	number INTEGER NOT NULL, 
	group_id TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	what TEXT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "history" VALUES(1,'bf298a25e2bc0b48',1795161600.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(2,'adb1a0b2f2e38ff7',1795161600.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(3,'adb1a0b2f2e38ff7',1795161600.0,'sent','posted to #db, shown as firing');
INSERT INTO "history" VALUES(4,'bf298a25e2bc0b48',1795161600.0,'sent','posted to #alerts, shown as firing');
INSERT INTO "history" VALUES(5,'adb1a0b2f2e38ff7',1795161602.0,'came','1 alert resolved; none fires now');
INSERT INTO "history" VALUES(6,'adb1a0b2f2e38ff7',1795161602.0,'sent','edited: shown as resolved now');
INSERT INTO "history" VALUES(7,'f1fb6dc5d04b66c5',1795161607.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(8,'f1fb6dc5d04b66c5',1795161607.0,'parked','is_archived');
INSERT INTO "history" VALUES(9,'c55df88633ee52d4',1795161609.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(10,'b1ca6c9e22377b37',1795161609.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(11,'e530654787f21a32',1795161609.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(12,'203193d0d9b5cb42',1795161609.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(13,'7b9e8c8fefbc0c63',1795161609.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(14,'cf88a18bf45a9a1a',1795161609.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(15,'d0935e8c11cedbcc',1795161609.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(16,'636b872462d6d5b9',1795161609.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(17,'storm-bbf01f7c04',1795161609.0,'sent','posted to #alerts, shown as firing');
INSERT INTO "history" VALUES(18,'storm-bbf01f7c04',1795161619.0,'sent','sent');
INSERT INTO "history" VALUES(19,'969ae8807e4ba409',1795161629.0,'came','1 alert began to fire; now 1 fires');
INSERT INTO "history" VALUES(20,'969ae8807e4ba409',1795161629.0,'failed','no answer');
INSERT INTO "history" VALUES(21,'13d35d85e666d8b1',1795161629.0,'came','1 alert began to fire; now 1 fires');
CREATE TABLE lanes (
	name TEXT NOT NULL, 
	ready_at DOUBLE NOT NULL, 
	held_until DOUBLE NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE members (
	topic_id TEXT NOT NULL, 
	group_id TEXT NOT NULL, 
	member TEXT NOT NULL, 
	firing BOOLEAN NOT NULL, 
	current BOOLEAN NOT NULL, 
	following BOOLEAN NOT NULL, 
	PRIMARY KEY (topic_id, group_id)
);
INSERT INTO "members" VALUES('storm-bbf01f7c04','203193d0d9b5cb42','{"group_id":"203193d0d9b5cb42","name":"A","labels":{"alertname":"A","host":"s3","severity":"warning"},"severity":"warning","firing":true,"alerts":1,"started_at":"2026-11-20T08:00:12+00:00","ended_at":null,"joined":1,"news":1,"own":false}',1,1,1);
INSERT INTO "members" VALUES('storm-bbf01f7c04','636b872462d6d5b9','{"group_id":"636b872462d6d5b9","name":"A","labels":{"alertname":"A","host":"s7","severity":"warning"},"severity":"warning","firing":true,"alerts":1,"started_at":"2026-11-20T08:00:12+00:00","ended_at":null,"joined":2,"news":2,"own":false}',1,1,1);
INSERT INTO "members" VALUES('storm-bbf01f7c04','7b9e8c8fefbc0c63','{"group_id":"7b9e8c8fefbc0c63","name":"A","labels":{"alertname":"A","host":"s4","severity":"warning"},"severity":"warning","firing":true,"alerts":1,"started_at":"2026-11-20T08:00:12+00:00","ended_at":null,"joined":3,"news":3,"own":false}',1,1,1);
INSERT INTO "members" VALUES('storm-bbf01f7c04','b1ca6c9e22377b37','{"group_id":"b1ca6c9e22377b37","name":"A","labels":{"alertname":"A","host":"s1","severity":"warning"},"severity":"warning","firing":true,"alerts":1,"started_at":"2026-11-20T08:00:12+00:00","ended_at":null,"joined":4,"news":4,"own":false}',1,1,1);
INSERT INTO "members" VALUES('storm-bbf01f7c04','c55df88633ee52d4','{"group_id":"c55df88633ee52d4","name":"A","labels":{"alertname":"A","host":"s0","severity":"warning"},"severity":"warning","firing":true,"alerts":1,"started_at":"2026-11-20T08:00:12+00:00","ended_at":null,"joined":5,"news":5,"own":false}',1,1,1);
INSERT INTO "members" VALUES('storm-bbf01f7c04','cf88a18bf45a9a1a','{"group_id":"cf88a18bf45a9a1a","name":"A","labels":{"alertname":"A","host":"s5","severity":"warning"},"severity":"warning","firing":true,"alerts":1,"started_at":"2026-11-20T08:00:12+00:00","ended_at":null,"joined":6,"news":6,"own":false}',1,1,1);
INSERT INTO "members" VALUES('storm-bbf01f7c04','d0935e8c11cedbcc','{"group_id":"d0935e8c11cedbcc","name":"A","labels":{"alertname":"A","host":"s6","severity":"warning"},"severity":"warning","firing":true,"alerts":1,"started_at":"2026-11-20T08:00:12+00:00","ended_at":null,"joined":7,"news":7,"own":false}',1,1,1);
INSERT INTO "members" VALUES('storm-bbf01f7c04','e530654787f21a32','{"group_id":"e530654787f21a32","name":"A","labels":{"alertname":"A","host":"s2","severity":"warning"},"severity":"warning","firing":true,"alerts":1,"started_at":"2026-11-20T08:00:12+00:00","ended_at":null,"joined":8,"news":8,"own":false}',1,1,1);
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema_version','2');
INSERT INTO "meta" VALUES('salt','30041a0e7a0ad4e4af327d89cd78dc14');
INSERT INTO "meta" VALUES('config_digest','digest');
CREATE TABLE rejected (
	id INTEGER NOT NULL, 
	received_at DOUBLE NOT NULL, 
	reason TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "rejected" VALUES(1,1795161660.0,'no webhook','{"a": "é');
CREATE TABLE requests (
	"key" TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "requests" VALUES('k1',1795161660.0);
INSERT INTO "requests" VALUES('k2',1795161720.0);
CREATE TABLE standings (
	group_id TEXT NOT NULL, 
	standing TEXT NOT NULL, 
	PRIMARY KEY (group_id)
);
INSERT INTO "standings" VALUES('bf298a25e2bc0b48','{"acknowledged":{"by":"U0ALICE1","at":"2026-11-20T08:01:00+00:00"},"silenced":{"until":"2026-11-20T09:00:00+00:00","by":"U0ALICE1","at":"2026-11-20T08:01:00+00:00","id":"silence-1","alertmanager":"http://am:9093","comment":"maintenance"}}');
CREATE TABLE topics (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	state TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	until DOUBLE, 
	updated_at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "topics" VALUES('beat-d0d813737b','heartbeat','watchdog','{"name":"watchdog","entry":"alertname=Watchdog","labels":{"alertname":"Watchdog","host":"beat","severity":"warning"},"seen_at":"2026-11-20T08:00:00+00:00"}',1,NULL,1795161600.0);
INSERT INTO "topics" VALUES('operations','operations','','{}',1,NULL,1795161600.0);
INSERT INTO "topics" VALUES('storm-bbf01f7c04','digest','#alerts','{"id":"storm-bbf01f7c04","channel":"#alerts","opened_at":"2026-11-20T08:00:09+00:00","ends_at":"2026-11-20T08:02:17+00:00","joined_at":"2026-11-20T08:00:09+00:00","count":8,"own":0}',1,1795161737.0,1795161609.0);
CREATE TABLE turns (
	channel TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (channel)
);
INSERT INTO "turns" VALUES('#db',1795161629.0);
INSERT INTO "turns" VALUES('#alerts',1795161619.0);
CREATE INDEX groups_old ON groups (firing, updated_at);
CREATE INDEX deliveries_due ON deliveries (work, due_at);
CREATE INDEX ix_members_group_id ON members (group_id);
CREATE INDEX history_of ON history (group_id, number);
CREATE INDEX actions_due ON actions (result, due_at);
CREATE INDEX ix_actions_group_id ON actions (group_id);
COMMIT;
