// The metrics of a daemon in C: what it counts, behind functions that C can call.
#include "metrics.h"

#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include <prometheus/exposer.h>
#include <prometheus/registry.h>

#include "mill_metrics.hpp"
#include "tocsin.hpp"

namespace {

struct Daemon {
  explicit Daemon(const std::string& service) : metrics(*registry), exposer("127.0.0.1:0") {
    exposer.RegisterCollectable(registry);
    registration = std::make_unique<tocsin::Registration>(
        "127.0.0.1:" + std::to_string(exposer.GetListeningPorts().at(0)),
        tocsin::Labels{{"platform", tocsin::setting("TOCSIN_PLATFORM", "p1")},
                       {"host", tocsin::setting("TOCSIN_HOST", tocsin::host_name())},
                       {"service", service}});
  }

  tocsin::Stop stop;
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  mill::Metrics metrics;
  prometheus::Histogram& grinding = metrics.mill_grinding_seconds();
  prometheus::Exposer exposer;
  std::unique_ptr<tocsin::Registration> registration;  // the last to come, the first to go
};

std::unique_ptr<Daemon> daemon_;

}  // namespace

int metrics_start(const char* service) try {
  daemon_ = std::make_unique<Daemon>(service);
  return 0;
} catch (const std::exception& error) {
  std::cerr << service << ": " << error.what() << "\n";
  return -1;
}

void metrics_sack(const char* grain, double seconds) {
  daemon_->metrics.mill_sacks_total(grain).Increment();
  daemon_->grinding.Observe(seconds);
}

int metrics_stop_within(int milliseconds) {
  return daemon_->stop.within(std::chrono::milliseconds(milliseconds));
}

void metrics_end() { daemon_.reset(); }
