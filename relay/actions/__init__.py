"""Acting from Slack: what a click or a command asks for, whether it may, and getting it done.

request ──► payloads ──► handler ──► journal ──► 200        within three seconds
            (pure)       │ dialogs, answers to commands
                         ▼
         worker: permit ──► perform ──► Alertmanager, store ──► journal, the person who asked
         follow: silences in Alertmanager ──► store
"""
