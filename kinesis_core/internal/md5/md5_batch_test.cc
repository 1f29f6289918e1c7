#include "kinesis_core/internal/md5/md5_batch.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/md5/md5.h"
#include "kinesis_core/internal/md5/md5_kernel.h"
#include "kinesis_core/internal/md5/md5_lanes.h"
#include "kinesis_core/testing/internal/openssl_md5.h"
#include "kinesis_core/testing/internal/sanitizers.h"

namespace kinesis::internal {
namespace {

constexpr uint64_t kSeed = 1321;

// The shapes of the AVX2 and AVX-512 kernels compiled for any processor, so that a machine without
// those instructions still runs the code of their lanes.
template <typename Vector, size_t kChains>
void CompressAnywhere(const void* blocks, void* states) {
  Md5CompressLanes<Vector, kChains>(blocks, states);
}
template <typename Vector, size_t kChains>
constexpr Md5Kernel ShapeOnly(const char* name) {
  return {name, Md5Lanes<Vector, kChains>(), CompressAnywhere<Vector, kChains>};
}
using Vector16 [[gnu::vector_size(16)]] = uint32_t;
using Vector32 [[gnu::vector_size(32)]] = uint32_t;
using Vector64 [[gnu::vector_size(64)]] = uint32_t;
constexpr Md5Kernel kShape16x1 = ShapeOnly<Vector16, 1>("shape_16x1");
constexpr Md5Kernel kShape32x3 = ShapeOnly<Vector32, 3>("shape_32x3");
constexpr Md5Kernel kShape64x2 = ShapeOnly<Vector64, 2>("shape_64x2");

std::vector<const Md5Kernel*> AllKernels() {
  const std::span<const Md5Kernel* const> supported = SupportedMd5Kernels();
  std::vector<const Md5Kernel*> kernels(supported.begin(), supported.end());
  kernels.insert(kernels.end(), {&kShape16x1, &kShape32x3, &kShape64x2});
  return kernels;
}

// Messages of random bytes, each in an allocation of its own size: AddressSanitizer sees a read of
// one byte too many.
class Messages {
 public:
  explicit Messages(std::mt19937_64& random) : random_(random) {}

  void Add(size_t size) {
    auto bytes = std::make_unique<char[]>(size);
    std::generate_n(bytes.get(), size, [this] { return static_cast<char>(random_()); });
    views_.emplace_back(bytes.get(), size);
    allocations_.push_back(std::move(bytes));
  }

  std::span<const std::string_view> views() const { return views_; }

 private:
  std::mt19937_64& random_;
  std::vector<std::unique_ptr<char[]>> allocations_;
  std::vector<std::string_view> views_;
};

class Md5BatchTest : public ::testing::TestWithParam<const Md5Kernel*> {
 protected:
  // Digests the messages in one batch and expects what the scalar MD5 and OpenSSL give for each.
  void ExpectRight(std::span<const std::string_view> messages) {
    std::vector<HashKey> digests(messages.size(), HashKey::Max());
    Md5BatchWith(*GetParam(), messages, digests);
    for (size_t i = 0; i < messages.size(); ++i) {
      ASSERT_EQ(digests[i], Md5(messages[i])) << Describe(messages, i);
      ASSERT_EQ(digests[i], openssl_.Digest(messages[i])) << Describe(messages, i);
    }
  }

  static std::string Describe(std::span<const std::string_view> messages, size_t i) {
    return "message " + std::to_string(i) + " of " + std::to_string(messages.size()) + ", size " +
           std::to_string(messages[i].size()) + ", seed " + std::to_string(kSeed);
  }

  size_t lanes() const { return GetParam()->lanes; }

  OpenSslMd5 openssl_;
  std::mt19937_64 random_{kSeed};
};

INSTANTIATE_TEST_SUITE_P(Kernels, Md5BatchTest, ::testing::ValuesIn(AllKernels()),
                         [](const auto& kernel) { return std::string(kernel.param->name); });

TEST_P(Md5BatchTest, TheTestSuiteOfRfc1321HoldsInOneBatch) {
  // RFC 1321, appendix A.5.
  const std::vector<std::string_view> messages = {
      "",
      "a",
      "abc",
      "message digest",
      "abcdefghijklmnopqrstuvwxyz",
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890"};
  const std::vector<HashKey> expected = {
      HashKey::FromHalves(0xd41d8cd98f00b204, 0xe9800998ecf8427e),
      HashKey::FromHalves(0x0cc175b9c0f1b6a8, 0x31c399e269772661),
      HashKey::FromHalves(0x900150983cd24fb0, 0xd6963f7d28e17f72),
      HashKey::FromHalves(0xf96b697d7cb7938d, 0x525a2f31aaf161d0),
      HashKey::FromHalves(0xc3fcd3d76192e400, 0x7dfb496cca67e13b),
      HashKey::FromHalves(0xd174ab98d277d9f5, 0xa5611c2c9f419d9f),
      HashKey::FromHalves(0x57edf4a22be3c955, 0xac49da2e2107b67a)};
  std::vector<HashKey> digests(messages.size());
  Md5BatchWith(*GetParam(), messages, digests);
  EXPECT_EQ(digests, expected);
}

TEST_P(Md5BatchTest, EveryLengthFrom0To1024IsRightInEveryLane) {
  for (size_t size = 0; size <= testing::FewerIfSanitized(1024); ++size) {
    Messages messages(random_);
    for (size_t lane = 0; lane < lanes(); ++lane) messages.Add(size);
    ExpectRight(messages.views());
    if (HasFatalFailure()) return;
  }
}

TEST_P(Md5BatchTest, BatchesOf0To100MessagesOfMixedLengthsAreRight) {
  for (size_t count = 0; count <= 100; ++count) {
    // Mostly one block, as partition keys are; at times up to eight.
    Messages messages(random_);
    for (size_t i = 0; i < count; ++i) messages.Add(random_() % (random_() % 4 == 0 ? 512 : 56));
    ExpectRight(messages.views());
    if (HasFatalFailure()) return;
  }
}

TEST_P(Md5BatchTest, ALaneThatEndsTakesTheNextMessageWhileItsNeighbourGoesOn) {
  for (size_t lane = 0; lane < lanes(); ++lane) {
    Messages messages(random_);
    for (size_t i = 0; i < 4 * lanes(); ++i) messages.Add(i == lane ? 500 : i % 56);
    ExpectRight(messages.views());
    if (HasFatalFailure()) return;
  }
}

TEST_P(Md5BatchTest, TheLastFewLongMessagesAreCompletedOutsideTheLanes) {
  for (size_t longer = 1; longer <= 5; ++longer) {
    Messages messages(random_);
    for (size_t i = 0; i < lanes(); ++i) messages.Add(i < longer ? 2000 + 64 * i : 20);
    ExpectRight(messages.views());
    if (HasFatalFailure()) return;
  }
}

TEST_P(Md5BatchTest, TheSameMessageInEveryLaneGivesTheSameDigestInEachPlace) {
  const std::vector<std::string_view> messages(3 * lanes(), "partition-key");
  ExpectRight(messages);
}

TEST_P(Md5BatchTest, NullViewsHashAsEmptyMessages) {
  const std::vector<std::string_view> messages(lanes());
  ExpectRight(messages);
}

TEST_P(Md5BatchTest, MessagesAtEveryAlignmentAreRight) {
  Messages bytes(random_);
  bytes.Add(400);
  const std::string_view all = bytes.views().front();
  std::vector<std::string_view> messages;
  for (size_t offset = 0; offset < 64; ++offset) {
    for (const size_t size : {1u, 16u, 55u, 56u, 64u, 65u, 200u}) {
      messages.push_back(all.substr(offset, size));
    }
  }
  ExpectRight(messages);
}

TEST_P(Md5BatchTest, AKernelFoldsABlockIntoTheStateAtItsOwnPositionOnly) {
  // One position starts from another state; the rest must not notice.
  std::vector<char> blocks(4 * kMd5QuarterStride);
  std::vector<char> states(lanes() * kMd5UnitBytes);
  GetParam()->compress(blocks.data(), states.data());
  const std::vector<char> expected = states;
  for (size_t p = 0; p < lanes(); ++p) {
    std::fill(states.begin(), states.end(), '\0');
    states[p * kMd5UnitBytes] = 1;
    GetParam()->compress(blocks.data(), states.data());
    for (size_t other = 0; other < lanes(); ++other) {
      const bool same = std::memcmp(&states[other * kMd5UnitBytes],
                                    &expected[other * kMd5UnitBytes], kMd5UnitBytes) == 0;
      EXPECT_EQ(same, other != p) << "position " << other << " with another state at " << p;
    }
  }
}

TEST(Md5KernelsTest, ThePortableKernelIsAlwaysThereAndTheLastChoice) {
  EXPECT_EQ(SupportedMd5Kernels().back(), &kMd5KernelPortable);
}

TEST(Md5KernelsTest, EachChoiceHasAtLeastAsManyLanesAsTheNext) {
  const auto kernels = SupportedMd5Kernels();
  for (size_t i = 1; i < kernels.size(); ++i) {
    EXPECT_GE(kernels[i - 1]->lanes, kernels[i]->lanes) << kernels[i]->name;
  }
}

TEST(Md5KernelsTest, ABatchWithoutAChoiceGivesTheSameDigests) {
  std::mt19937_64 random(kSeed);
  Messages messages(random);
  for (size_t i = 0; i < 100; ++i) messages.Add(random() % 100);
  std::vector<HashKey> digests(100);
  Md5Batch(messages.views(), digests);
  for (size_t i = 0; i < 100; ++i) EXPECT_EQ(digests[i], Md5(messages.views()[i])) << i;
}

}  // namespace
}  // namespace kinesis::internal
