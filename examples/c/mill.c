/* A daemon in C that Prometheus finds by itself: docs/daemons.md. */
#include "metrics.h"

int main(void) {
  if (metrics_start("c-mill") != 0) return 1;
  while (!metrics_stop_within(100)) metrics_sack("rye", 0.1);
  metrics_end();
  return 0;
}
