// ZeroMQ over inproc: PUSH sockets of the producers, the PULL socket of the consumer.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_ZEROMQ_QUEUE_H_
#define KINESIS_CORE_BENCH_CONTENDERS_ZEROMQ_QUEUE_H_

#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string_view>

#include "bench/contenders/contender.h"
#include "bench/fatal.h"

namespace kinesis::bench {

class ZeromqQueue {
 public:
  static constexpr std::string_view kName = "zeromq";
  static constexpr size_t kMostProducers = bench::kMostProducers;
  static constexpr bool kInOrder = true;

  explicit ZeromqQueue(const Workload& workload)
      // The limits of both ends of an inproc connection add up.
      : limit_(static_cast<int>(std::max<size_t>(workload.shard_messages() / 2, 1))),
        context_(zmq_ctx_new()) {
    zmq_ctx_set(context_, ZMQ_IO_THREADS, 0);  // inproc needs none
    pull_ = Open(ZMQ_PULL, ZMQ_RCVHWM);
    Require(zmq_bind(pull_, kAddress) == 0, "zmq_bind failed");
  }
  ~ZeromqQueue() {
    zmq_close(pull_);
    zmq_ctx_term(context_);
  }
  ZeromqQueue(const ZeromqQueue&) = delete;
  ZeromqQueue& operator=(const ZeromqQueue&) = delete;

  class Producer {
   public:
    Producer(ZeromqQueue& queue, size_t /*index*/) : push_(queue.Open(ZMQ_PUSH, ZMQ_SNDHWM)) {
      Require(zmq_connect(push_, kAddress) == 0, "zmq_connect failed");
    }
    ~Producer() { zmq_close(push_); }
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    // Blocks while the queue is full.
    void Put(std::string_view data) {
      Require(zmq_send(push_, data.data(), data.size(), 0) >= 0, "zmq_send failed");
    }

   private:
    void* push_;
  };

  class Consumer {
   public:
    explicit Consumer(ZeromqQueue& queue) : pull_(queue.pull_) { zmq_msg_init(&message_); }
    ~Consumer() { zmq_msg_close(&message_); }
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;

    template <class Take>
    size_t Poll(size_t most, Take&& take) {
      size_t taken = 0;
      while (taken < most && Receive(ZMQ_DONTWAIT, take)) ++taken;
      return taken;
    }

    template <class Take>
    size_t PollBlocking(size_t /*most*/, Take&& take) {
      return Receive(0, take) ? 1 : 0;
    }

   private:
    template <class Take>
    bool Receive(int flags, Take&& take) {
      if (zmq_msg_recv(&message_, pull_, flags) < 0) {
        Require(errno == EAGAIN, "zmq_msg_recv failed");
        return false;
      }
      take(std::string_view(static_cast<const char*>(zmq_msg_data(&message_)),
                            zmq_msg_size(&message_)));
      return true;
    }

    void* pull_;
    zmq_msg_t message_;
  };

 private:
  static constexpr const char* kAddress = "inproc://bench";

  // A socket that holds `limit_` messages, and gives up after a second where it waits to receive.
  void* Open(int type, int limit_option) {
    constexpr int kMilliseconds = 1000;
    void* const socket = zmq_socket(context_, type);
    Require(socket != nullptr, "zmq_socket failed");
    zmq_setsockopt(socket, limit_option, &limit_, sizeof limit_);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &kMilliseconds, sizeof kMilliseconds);
    return socket;
  }

  int limit_;
  void* context_;
  void* pull_;
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_ZEROMQ_QUEUE_H_
