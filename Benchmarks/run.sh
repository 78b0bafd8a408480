#!/usr/bin/env bash
# Ocelot beside the tools that people use today, on the same photos in the same go. See README.md in this folder.
#
#   Benchmarks/run.sh                     everything
#   Benchmarks/run.sh accuracy decode     some of it: accuracy job network decode svm imagenet memory finetune
#                                         refine-others throughput keras-head rate-finder same-bytes suspects serving
#                                         serving-bfloat16 serving-int8
#   Benchmarks/run.sh --quick             fewer repetitions, seeds and photos: to see whether it runs, not to quote
#   Benchmarks/run.sh --only peer         only the peers' half (or: --only ours)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
venv=$root/.deps/bench-venv

case " $* " in *" -h "* | *" --help "*) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

# The stamp is written last: half an environment is never taken for a whole.
if ! cmp -s "$here/requirements.txt" "$venv/.requirements"; then
    echo "bench: setting up the peers' Python environment in .deps/bench-venv (once)" >&2
    python=$(command -v python3) || { echo "bench: python3 is needed for the peers. Install it (python3, python3-venv)." >&2; exit 1; }
    log=$(mktemp)
    {
        rm -rf "$venv"
        "$python" -m venv "$venv" \
            && "$venv/bin/pip" install --disable-pip-version-check -r "$here/requirements.txt" \
            && "$venv/bin/pip" install --disable-pip-version-check --no-deps torchvision==0.28.0
    } >"$log" 2>&1 || {
        tail -n 5 "$log" >&2
        echo "bench: could not set up the peers (the whole output: $log). Is there a network, and is python3-venv installed?" >&2
        exit 1
    }
    rm -f "$log"
    cp "$here/requirements.txt" "$venv/.requirements"
fi
cd "$root"
PYTHONPATH=$here exec "$venv/bin/python" -m bench "$@"
