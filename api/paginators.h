// Paginators: listings that take several calls, as input ranges of their responses.
//
//   auto pages = kinesis::api::ListShardsPages(*client, {.stream_name = "orders"});
//   for (const ListShardsResponse& page : pages) {
//     for (const Shard& shard : page.shards) Use(shard);
//   }
//   if (!pages.status().ok()) return pages.status();
//
// An error ends the range and is its status(); begin() again goes on with the call that failed. A
// page is asked for when it is come to, never ahead.
//
//   operation             goes on by               size of a page
//   DescribeStream        ExclusiveStartShardId    Limit
//   ListChannels          NextToken                MaxResults
//   ListShards            NextToken                MaxResults
//   ListStreamConsumers   NextToken                MaxResults
//   ListStreams           ExclusiveStartStreamName Limit
//   ListTagsForStream     ExclusiveStartTagKey     Limit
//
// ListStreams has had a token only since 2021; its name works in every year and does not expire.
#ifndef KINESIS_CORE_API_PAGINATORS_H_
#define KINESIS_CORE_API_PAGINATORS_H_

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/client.h"

namespace kinesis::api {

// The pages of one listing, to be gone through once. `Listing` says how: see below.
//
// Thread-compatible. The client outlives it; iterators do not outlive it, and it stays where it is
// while there are any. Costs what the calls cost, and holds one page.
template <class Listing>
class Pages {
 public:
  using Request = typename Listing::Request;
  using Response = typename Listing::Response;

  // An input iterator; compare it with end() alone.
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Response;
    using difference_type = ptrdiff_t;
    using reference = const Response&;
    using pointer = const Response*;

    Iterator() = default;

    const Response& operator*() const { return *pages_->page_; }
    const Response* operator->() const { return &*pages_->page_; }
    Iterator& operator++() {
      pages_->Advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& iterator, std::default_sentinel_t) {
      return iterator.AtEnd();
    }

   private:
    friend class Pages;
    explicit Iterator(Pages* pages) : pages_(pages) {}
    bool AtEnd() const { return !pages_->page_.has_value(); }

    Pages* pages_ = nullptr;
  };

  Pages(Client& client, Request first) : client_(&client), next_(std::move(first)) {}

  // Makes the first call, or repeats the one that failed. Otherwise the page that the range stands
  // at.
  Iterator begin() {
    if (!page_) Fetch();
    return Iterator(this);
  }
  std::default_sentinel_t end() const { return std::default_sentinel; }

  // OK, or what the last call was refused with.
  const absl::Status& status() const { return status_; }

 private:
  void Advance() {
    page_.reset();
    Fetch();
  }

  // The page that next_ asks for, if there is one to ask for.
  void Fetch() {
    if (!next_) return;
    absl::StatusOr<Response> page = Listing::Call(*client_, *next_);
    status_ = page.status();
    if (!page.ok()) return;
    page_ = *std::move(page);
    if (!Listing::GoOn(*page_, &*next_)) next_.reset();
  }

  Client* client_;
  std::optional<Request> next_;  // nothing: the last page has been fetched
  std::optional<Response> page_;
  absl::Status status_;
};

// --- The listings. Call asks for a page; GoOn makes the request into the one for the page after
// --- `page`, or returns false if that is the last.

struct DescribeStreamListing {
  using Request = DescribeStreamRequest;
  using Response = DescribeStreamResponse;

  static absl::StatusOr<Response> Call(Client& client, const Request& request) {
    return client.DescribeStream(request);
  }
  static bool GoOn(const Response& page, Request* request) {
    const StreamDescription& stream = page.stream_description;
    if (!stream.has_more_shards || stream.shards.empty()) return false;
    request->exclusive_start_shard_id = stream.shards.back().shard_id;
    return true;
  }
};

struct ListChannelsListing {
  using Request = ListChannelsRequest;
  using Response = ListChannelsResponse;

  static absl::StatusOr<Response> Call(Client& client, const Request& request) {
    return client.ListChannels(request);
  }
  static bool GoOn(const Response& page, Request* request) {
    request->next_token = page.next_token;
    return page.next_token.has_value();
  }
};

struct ListShardsListing {
  using Request = ListShardsRequest;
  using Response = ListShardsResponse;

  static absl::StatusOr<Response> Call(Client& client, const Request& request) {
    return client.ListShards(request);
  }
  // The token stands for all but the size of a page, and may have nothing else beside it.
  static bool GoOn(const Response& page, Request* request) {
    if (!page.next_token) return false;
    *request = {.next_token = page.next_token, .max_results = request->max_results};
    return true;
  }
};

struct ListStreamConsumersListing {
  using Request = ListStreamConsumersRequest;
  using Response = ListStreamConsumersResponse;

  static absl::StatusOr<Response> Call(Client& client, const Request& request) {
    return client.ListStreamConsumers(request);
  }
  // The stream has to be named beside the token, its creation must not be.
  static bool GoOn(const Response& page, Request* request) {
    if (!page.next_token) return false;
    request->next_token = page.next_token;
    request->stream_creation_timestamp.reset();
    return true;
  }
};

struct ListStreamsListing {
  using Request = ListStreamsRequest;
  using Response = ListStreamsResponse;

  static absl::StatusOr<Response> Call(Client& client, const Request& request) {
    return client.ListStreams(request);
  }
  static bool GoOn(const Response& page, Request* request) {
    if (!page.has_more_streams || page.stream_names.empty()) return false;
    request->next_token.reset();
    request->exclusive_start_stream_name = page.stream_names.back();
    return true;
  }
};

struct ListTagsForStreamListing {
  using Request = ListTagsForStreamRequest;
  using Response = ListTagsForStreamResponse;

  static absl::StatusOr<Response> Call(Client& client, const Request& request) {
    return client.ListTagsForStream(request);
  }
  static bool GoOn(const Response& page, Request* request) {
    if (!page.has_more_tags || page.tags.empty()) return false;
    request->exclusive_start_tag_key = page.tags.back().key;
    return true;
  }
};

using DescribeStreamPages = Pages<DescribeStreamListing>;
using ListChannelsPages = Pages<ListChannelsListing>;
using ListShardsPages = Pages<ListShardsListing>;
using ListStreamConsumersPages = Pages<ListStreamConsumersListing>;
using ListStreamsPages = Pages<ListStreamsListing>;
using ListTagsForStreamPages = Pages<ListTagsForStreamListing>;

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_PAGINATORS_H_
