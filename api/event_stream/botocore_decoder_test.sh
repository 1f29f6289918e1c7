#!/bin/bash
# botocore reads the golden file as what it stands for.
set -euo pipefail
source testing/report_skipped.sh
readonly here=api/event_stream

if ! /usr/bin/python3 -c 'import botocore' 2>/dev/null; then
  report_skipped botocore "python3-botocore is not installed"
  exit 0
fi
read_by_botocore="$(/usr/bin/python3 "${here}/botocore_decoder.py" \
  "${here}/testdata/subscription.frames")"
event='{"ContinuationSequenceNumber":"7","MillisBehindLatest":0,"Records":['
event+='{"Data":"AP8=","PartitionKey":"key","SequenceNumber":"7"}]}'
diff - <(echo "${read_by_botocore}") <<END
event initial-response {}
event SubscribeToShardEvent ${event}
exception ResourceInUseException {"message":"taken over"}
END
