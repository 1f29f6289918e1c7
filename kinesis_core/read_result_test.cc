#include "kinesis_core/read_result.h"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis {
namespace {

using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::TestEngine;

using Strings = std::vector<std::string>;

// --- What does not compile -----------------------------------------------------------------------

// A loop binds what it is over to a name of its own, and asks that for its begin. So only what is a
// value, and not a reference into a temporary, lives as long as the loop.
template <class T>
concept GivesAValue = !std::is_reference_v<decltype(std::declval<T>().value())> &&
                      !std::is_reference_v<decltype(*std::declval<T>())>;
static_assert(GivesAValue<decltype(std::declval<Iterator&>().Read())>);
static_assert(!GivesAValue<absl::StatusOr<RecordBatch>>, "the reason for ReadResult");

template <class T>
concept GivesAnything = requires {
  std::declval<T>().value();
}
|| requires { *std::declval<T>(); };
static_assert(!GivesAnything<const ReadResult>, "a reference into a constant temporary");

template <class Batch>
concept HasBegin = requires {
  std::declval<Batch>().begin();
};
template <class Batch>
concept HasEnd = requires {
  std::declval<Batch>().end();
};
template <class Batch>
concept HasRecords = requires {
  std::declval<Batch>()[0];
};
template <class Batch>
concept HasChildren = requires {
  std::declval<Batch>().child_shards();
};
template <class Batch>
constexpr bool kShowsNothing =
    !HasBegin<Batch> && !HasEnd<Batch> && !HasRecords<Batch> && !HasChildren<Batch>;

static_assert(kShowsNothing<RecordBatch>, "what it shows would be gone with it");
static_assert(kShowsNothing<const RecordBatch>);
static_assert(HasBegin<RecordBatch&> && HasEnd<RecordBatch&>);
static_assert(HasRecords<const RecordBatch&> && HasChildren<const RecordBatch&>);

static_assert(std::is_nothrow_move_constructible_v<ReadResult>);
static_assert(!std::is_copy_constructible_v<ReadResult>);
static_assert(std::is_convertible_v<ReadResult, absl::StatusOr<RecordBatch>>);
static_assert(std::is_convertible_v<absl::StatusOr<RecordBatch>, ReadResult>);
static_assert(std::is_convertible_v<absl::Status, ReadResult>);
static_assert(std::is_convertible_v<RecordBatch, ReadResult>);

// --- What does -----------------------------------------------------------------------------------

class ReadResultTest : public ::testing::Test {
 protected:
  ReadResultTest() {
    for (const std::string& data : all_) EXPECT_TRUE(stream_.Put({.data = data}).ok());
  }
  Iterator Begin() const {
    return OnlyShard(stream_).CreateIterator(IteratorStart::TrimHorizon()).value();
  }

  TestEngine test_;
  Stream stream_ = test_.engine->CreateStream("s").value();
  const Strings all_ = {"0", "1", "2", "3"};
};

TEST_F(ReadResultTest, ALoopOverTheValueOfAReadVisitsAllItsRecords) {
  Iterator it = Begin();
  Strings read;
  for (const RecordView& record : it.Read().value()) read.emplace_back(record.data);
  EXPECT_EQ(read, all_);
}

TEST_F(ReadResultTest, ALoopOverAReadThatIsDereferencedDoesToo) {
  Iterator it = Begin();
  Strings read;
  for (const auto& record : *it.Read()) read.emplace_back(record.data);
  EXPECT_EQ(read, all_);
}

TEST_F(ReadResultTest, MemoryIsPinnedWhileTheLoopGoesOn) {
  Iterator it = Begin();
  Strings read;
  for (const RecordView& record : it.Read().value()) {
    if (read.empty()) {
      ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
    }
    read.emplace_back(record.data);
  }
  EXPECT_EQ(read, all_);
}

TEST_F(ReadResultTest, ANamedResultGivesItsBatchInPlace) {
  Iterator it = Begin();
  ReadResult result = it.Read();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(&*result, &result.value());
  EXPECT_EQ(&result.value(), result.operator->());
  EXPECT_EQ(result->size(), all_.size());
  const RecordBatch batch = std::move(result).value();
  EXPECT_EQ(batch[3].data, "3");
}

TEST_F(ReadResultTest, AFunctionMayPassItOnAsAStatusOr) {
  Iterator it = Begin();
  const auto read = [&it]() -> absl::StatusOr<RecordBatch> { return it.Read(); };
  const absl::StatusOr<RecordBatch> batch = read();
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ((*batch)[1].data, "1");
}

TEST_F(ReadResultTest, AnErrorIsAStatus) {
  Iterator it = Begin();
  EXPECT_TRUE(Fails(it.Read({.max_records = 0}), absl::StatusCode::kOutOfRange, {"max_records"}));
  const ReadResult result = it.Read({.max_bytes = 0});
  EXPECT_FALSE(result.ok());
  EXPECT_TRUE(absl::IsOutOfRange(result.status()));
}

}  // namespace
}  // namespace kinesis
