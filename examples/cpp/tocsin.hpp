// Registers a daemon with Prometheus's file-based service discovery, as daemonkit does for Python:
// docs/daemons.md says how. One header, C++17, POSIX; copy it into your daemon.
#pragma once

#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace tocsin {

using Labels = std::map<std::string, std::string>;

// The value of an environment variable, or another where it is not set.
inline std::string setting(const char* name, const std::string& otherwise) {
  const char* found = std::getenv(name);
  return found && *found ? found : otherwise;
}

inline std::string host_name() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

// SIGTERM and SIGINT as a question instead of an interruption. Make it first: threads that exist
// before would still be interrupted.
class Stop {
 public:
  Stop() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  // Waits for so long; true once the daemon is to stop.
  bool within(std::chrono::milliseconds time) {
    const timespec wait{time.count() / 1000, (time.count() % 1000) * 1000000};
    return sigtimedwait(&signals_, nullptr, &wait) > 0;
  }

 private:
  sigset_t signals_;
};

// A target's file, there for as long as this lives. A crash leaves it, so that `up` is 0.
class Registration {
 public:
  // labels: platform, host and service, and more of your own. Throws std::invalid_argument for what
  // Prometheus would refuse, std::filesystem::filesystem_error where nothing can be written.
  Registration(const std::string& address, const Labels& labels,
               const std::string& folder = setting("TOCSIN_TARGETS", "/var/lib/tocsin/targets"))
      : folder_(std::filesystem::absolute(folder)), text_(json(address, labels)) {
    file_ = folder_ / (quoted(labels.at("platform")) + "@" + quoted(labels.at("host")) + "@" +
                       quoted(labels.at("service")) + ".json");
    put();
    keeper_ = std::thread([this] { keep(); });
  }

  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  ~Registration() {
    {
      std::lock_guard<std::mutex> guard(lock_);
      left_ = true;
    }
    woken_.notify_all();
    keeper_.join();
    std::error_code ignored;
    if (is_mine()) std::filesystem::remove(file_, ignored);
  }

 private:
  // Written outside the folder and renamed into it: Prometheus may read at any moment.
  void put() const {
    std::filesystem::create_directories(folder_);
    const auto place = drafts();
    if (std::filesystem::create_directory(place))  // who may register may write drafts
      std::filesystem::permissions(place, std::filesystem::status(folder_).permissions());
    const auto draft = place / (file_.filename().string() + "." + std::to_string(getpid()));
    std::ofstream out(draft, std::ios::trunc);
    out << text_;
    out.close();
    if (!out) throw std::filesystem::filesystem_error("cannot write", draft, std::error_code());
    std::filesystem::rename(draft, file_);
  }

  // Inside, where the folder is a mount of its own: a rename does not cross file systems.
  std::filesystem::path drafts() const {
    struct stat here {}, above {};
    const auto parent = folder_.parent_path();
    stat(folder_.c_str(), &here);
    stat(parent.c_str(), &above);
    const bool beside = here.st_dev == above.st_dev && access(parent.c_str(), W_OK) == 0;
    return beside ? parent / ("." + folder_.filename().string() + ".drafts") : folder_ / ".drafts";
  }

  // The time of the file says that the daemon lives; a file that is gone is put back.
  void keep() {
    std::unique_lock<std::mutex> guard(lock_);
    while (!woken_.wait_for(guard, std::chrono::seconds(30), [this] { return left_; })) {
      std::error_code failed;
      if (is_mine())
        std::filesystem::last_write_time(file_, std::filesystem::file_time_type::clock::now(), failed);
      else if (!std::filesystem::exists(file_, failed)) try {
          put();
        } catch (const std::filesystem::filesystem_error& error) {
          std::fprintf(stderr, "%s\n", error.what());
        }
    }
  }

  // Another start of the same daemon may have put its own file in this place.
  bool is_mine() const {
    std::ifstream in(file_);
    std::stringstream found;
    found << in.rdbuf();
    return in && found.str() == text_;
  }

  static std::string json(const std::string& address, const Labels& labels) {
    static const std::regex name("[a-zA-Z_][a-zA-Z0-9_]*"), place("[^\\s/]+:[0-9]{1,5}");
    for (const char* needed : {"platform", "host", "service"})
      if (!labels.count(needed) || labels.at(needed).empty())
        throw std::invalid_argument(std::string("cannot register: ") + needed + " is missing");
    if (!std::regex_match(address, place))
      throw std::invalid_argument("cannot register: " + address + " is no address, host:port");
    std::string text;
    for (const auto& [label, value] : labels) {
      if (!std::regex_match(label, name))
        throw std::invalid_argument("cannot register: " + label + " is no label name");
      text += (text.empty() ? "" : ", ") + string(label) + ": " + string(value);
    }
    return "[{\"targets\": [" + string(address) + "], \"labels\": {" + text + "}}]\n";
  }

  static std::string string(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      if (static_cast<unsigned char>(c) < 0x20) {
        char code[8];
        std::snprintf(code, sizeof code, "\\u%04x", c);
        out += code;
      } else {
        out += c;
      }
    }
    return out + "\"";
  }

  // Names that look alike must not share a file.
  static std::string quoted(const std::string& text) {
    static const std::string plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~";
    std::string out;
    for (const char c : text) {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
      out += plain.find(c) != std::string::npos ? std::string(1, c) : std::string(code);
    }
    return out;
  }

  const std::filesystem::path folder_;
  const std::string text_;
  std::filesystem::path file_;
  std::mutex lock_;
  std::condition_variable woken_;
  bool left_ = false;
  std::thread keeper_;
};

}  // namespace tocsin
