// The C++ client at work, as bench/clients.py has the Python ones: clients LOOPS SERIES
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

int main(int, char** argv) {
  const long loops = std::atol(argv[1]), series = std::atol(argv[2]);
  auto registry = std::make_shared<prometheus::Registry>();
  const prometheus::Histogram::BucketBoundaries bounds{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                                       0.5,   0.75, 1,     2.5,  5,     7.5, 10};
  auto& counter = prometheus::BuildCounter().Name("bench_total").Help("Counted.").Register(*registry);
  auto& histogram =
      prometheus::BuildHistogram().Name("bench_seconds").Help("Observed.").Register(*registry);
  auto& plain =
      prometheus::BuildCounter().Name("bench_plain_total").Help("Counted.").Register(*registry).Add({});
  auto& seen = prometheus::BuildHistogram()
                   .Name("bench_plain_seconds").Help("Observed.").Register(*registry).Add({}, bounds);
  auto& bound = counter.Add({{"flow", "cdr"}, {"peer", "p1"}});
  auto& bound_seen = histogram.Add({{"flow", "cdr"}, {"peer", "p1"}}, bounds);
  auto& many =
      prometheus::BuildCounter().Name("bench_many_total").Help("Scraped.").Register(*registry);
  for (long n = 0; n < series; ++n)
    many.Add({{"flow", "f" + std::to_string(n / 100)}, {"peer", "p" + std::to_string(n % 100)}})
        .Increment();

  const std::vector<std::pair<std::string, std::function<void()>>> operations{
      {"increment", [&] { plain.Increment(); }},
      {"increment, labels bound", [&] { bound.Increment(); }},
      {"increment, labels each time",
       [&] { counter.Add({{"flow", "cdr"}, {"peer", "p1"}}).Increment(); }},
      {"observation", [&] { seen.Observe(0.3); }},
      {"observation, labels bound", [&] { bound_seen.Observe(0.3); }},
      {"observation, labels each time",
       [&] { histogram.Add({{"flow", "cdr"}, {"peer", "p1"}}, bounds).Observe(0.3); }},
  };
  std::cout << "{";
  for (const auto& [name, operation] : operations) {
    const auto begin = std::chrono::steady_clock::now();
    for (long n = 0; n < loops; ++n) operation();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::cout << (&name == &operations[0].first ? "" : ", ") << '"' << name
              << "\": " << took.count() / loops;
  }
  prometheus::Exposer exposer("127.0.0.1:0");
  exposer.RegisterCollectable(registry);
  std::cout << "}\n" << exposer.GetListeningPorts().at(0) << std::endl;
  while (std::cin.get() != std::istream::traits_type::eof()) {
  }
}
