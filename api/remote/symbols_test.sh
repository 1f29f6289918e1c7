#!/usr/bin/env bash
# The library refers to no socket, no resolver and no libcurl, and to OpenSSL in one place alone:
# symbols_test.sh ARCHIVE...
set -euo pipefail

undefined() { nm --undefined-only --format=posix "$@" | awk 'NF >= 2 { print $1 }'; }

archives=("$@")
if (( ${#archives[@]} < 8 )); then
  echo "FAILED: only ${#archives[@]} archives to look at" >&2
  exit 1
fi
for archive in "${archives[@]}"; do
  [[ -f "${archive}" ]] || { echo "FAILED: there is no ${archive}" >&2; exit 1; }
done

network='^(socket|socketpair|connect|bind|listen|accept4?|send|sendto|sendmsg|recv|recvfrom|recvmsg'
network+='|getaddrinfo|gethostbyname|curl_.*|SSL_.*)(@.*)?$'
if found="$(undefined "${archives[@]}" | grep -E "${network}")"; then
  echo "FAILED: the library refers to ${found}" >&2
  exit 1
fi

crypto=()
for archive in "${archives[@]}"; do
  [[ "$(undefined "${archive}")" =~ (^|$'\n')(EVP_|HMAC) ]] && crypto+=("${archive##*/}")
done
# Also the proof that the archives are read.
[[ "${crypto[*]}" == libsigv4.a ]] || { echo "FAILED: OpenSSL is in ${crypto[*]}" >&2; exit 1; }
echo "${#archives[@]} archives, $(undefined "${archives[@]}" | sort -u | wc -l) symbols of others"
