/* What the daemon in C calls. metrics.cpp does it, in C++. */
#ifndef METRICS_H
#define METRICS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Serves /metrics and registers; call it before any thread. 0, or -1 with the reason on stderr. */
int metrics_start(const char *service);
void metrics_sack(const char *grain, double seconds);
/* Waits for so long; 1 once the daemon is to stop (SIGTERM, SIGINT). */
int metrics_stop_within(int milliseconds);
/* A clean stop: deregisters. A crash does not come by here, and `up` is 0. */
void metrics_end(void);

#ifdef __cplusplus
}
#endif
#endif
