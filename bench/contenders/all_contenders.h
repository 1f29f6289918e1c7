// Which contenders there are. A case takes those of a list that can do what it asks.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_ALL_CONTENDERS_H_
#define KINESIS_CORE_BENCH_CONTENDERS_ALL_CONTENDERS_H_

#include <cstddef>

#include "bench/contenders/boost_lockfree.h"
#include "bench/contenders/contender.h"
#include "bench/contenders/embedded_database.h"
#include "bench/contenders/engine_contender.h"
#include "bench/contenders/locked_deque.h"
#include "bench/contenders/moodycamel_queue.h"
#include "bench/contenders/raw_log.h"
#include "bench/contenders/tbb_bounded_queue.h"
#include "bench/contenders/zeromq_queue.h"

namespace kinesis::bench {

using ExplicitEngine = EngineContender<KeyKind::kExplicit>;
using Xxh3Engine = EngineContender<KeyKind::kXxh3>;
using Md5Engine = EngineContender<KeyKind::kMd5>;
using TrimmingEngine = EngineContender<KeyKind::kExplicit, Recycling::kTrimRead>;

template <size_t kDataBytes, class... Engines>
using WithPeers =
    ContenderList<RawLog<false>, RawLog<true>, Engines..., MoodycamelQueue<kDataBytes>,
                  BoostQueue<kDataBytes>, BoostSpscQueue<kDataBytes>, TbbBoundedQueue<kDataBytes>,
                  ZeromqQueue, CondvarQueue, LockedLog, LmdbLog, SqliteLog>;

// For cases in which putting matters, and how the hash key comes about with it.
template <size_t kDataBytes>
using Writers = WithPeers<kDataBytes, ExplicitEngine, Xxh3Engine, Md5Engine>;

// For cases in which it does not.
template <size_t kDataBytes>
using Readers = WithPeers<kDataBytes, ExplicitEngine>;

// Those that can put a consumer to sleep, with moodycamel's other queue.
template <size_t kDataBytes>
using Sleepers = ContenderList<ExplicitEngine, BlockingMoodycamelQueue<kDataBytes>,
                               TbbBoundedQueue<kDataBytes>, ZeromqQueue, CondvarQueue>;

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_ALL_CONTENDERS_H_
