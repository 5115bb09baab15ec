// A daemon in C++ that Prometheus finds by itself: docs/daemons.md.
#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include <prometheus/exposer.h>
#include <prometheus/registry.h>

#include "mill_metrics.hpp"
#include "tocsin.hpp"

using namespace std::chrono_literals;

int main() try {
  tocsin::Stop stop;  // before any thread
  auto registry = std::make_shared<prometheus::Registry>();
  mill::Metrics metrics(*registry);
  auto& rye = metrics.mill_sacks_total("rye");  // bound once
  auto& waiting = metrics.mill_waiting_sacks();
  auto& grinding = metrics.mill_grinding_seconds();

  prometheus::Exposer exposer("127.0.0.1:0");
  exposer.RegisterCollectable(registry);
  const auto port = exposer.GetListeningPorts().at(0);
  tocsin::Registration registration(
      "127.0.0.1:" + std::to_string(port),
      {{"platform", tocsin::setting("TOCSIN_PLATFORM", "p1")},
       {"host", tocsin::setting("TOCSIN_HOST", tocsin::host_name())},
       {"service", "cpp-mill"}});

  waiting.Set(3);
  auto began = std::chrono::steady_clock::now();
  while (!stop.within(100ms)) {
    const auto now = std::chrono::steady_clock::now();
    grinding.Observe(std::chrono::duration<double>(now - began).count());
    rye.Increment();
    began = now;
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "cpp-mill: " << error.what() << "\n";
  return 1;
}
