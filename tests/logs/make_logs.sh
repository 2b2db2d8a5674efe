#!/usr/bin/env bash
# Makes the logs of other harnesses that the tests read: `tests/logs/make_logs.sh [WORK]`. Each harness is installed in
# an environment of its own under WORK, with these versions; the tests need none of them. Questions, prompts and models
# are ours. What differs from machine to machine (paths, hosts, times) is taken out by scrub.py.
set -euo pipefail

LM_EVAL=0.4.13
INSPECT=0.3.285
GARAK=0.17.1
TORCH=2.13.0

here=$(cd "$(dirname "$0")" && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work"

environment() { # NAME PACKAGE...
  local name=$1
  shift
  [ -d "$work/$name" ] || python3 -m venv "$work/$name"
  "$work/$name/bin/pip" install --quiet --disable-pip-version-check "$@"
}

lm_eval_logs() {
  environment lm_eval "torch==$TORCH" "lm_eval[hf]==$LM_EVAL"
  cp "$here/questions.jsonl" "$work/"
  local tasks=fw_choices,fw_words,fw_surprise
  for seed in 1 2; do
    "$work/lm_eval/bin/python" "$here/make/tiny_model.py" "$work/tiny-$seed" "$seed"
    rm -rf "$work/out-$seed"
    (cd "$work" && HF_HUB_OFFLINE=1 HF_DATASETS_CACHE="$work/datasets" lm_eval/bin/lm_eval \
      --model hf --model_args "pretrained=tiny-$seed,dtype=float32" --device cpu --batch_size 4 \
      --include_path "$here/make/lm_eval_tasks" --tasks "$tasks" \
      --log_samples --output_path "out-$seed")
    rm -rf "$here/lm_eval/tiny-$seed" && mkdir -p "$here/lm_eval/tiny-$seed"
    "$work/lm_eval/bin/python" "$here/make/scrub.py" "$work" "$here/lm_eval/tiny-$seed" $(find "$work/out-$seed" -type f)
    tasks=fw_choices
  done
}

inspect_logs() {
  environment inspect "inspect_ai==$INSPECT"
  rm -rf "$work/inspect-out" "$here/inspect_ai" && mkdir -p "$here/inspect_ai"
  cp "$here/make/inspect_logs.py" "$here/questions.jsonl" "$work/"
  (cd "$work" && INSPECT_LOG_MODEL_API=0 inspect/bin/python inspect_logs.py questions.jsonl inspect-out)
  "$work/inspect/bin/python" "$here/make/scrub.py" "$work" "$here/inspect_ai" "$work"/inspect-out/*
}

garak_logs() {
  environment garak "torch==$TORCH" "garak==$GARAK"
  local inside
  inside=$("$work/garak/bin/python" -c 'import importlib.util as u; print(u.find_spec("garak").submodule_search_locations[0])')
  cp "$here/make/garak_probe.py" "$inside/probes/fairwitness_own.py"
  cp "$here/make/garak_detector.py" "$inside/detectors/fairwitness_own.py"
  rm -rf "$here/garak" && mkdir -p "$here/garak"
  (cd "$work" && XDG_DATA_HOME="$work/share" garak/bin/python -m garak --target_type test.Repeat \
    --probes fairwitness_own.Ask --generations 2 --report_prefix "$work/repeat")
  "$work/garak/bin/python" "$here/make/scrub.py" "$work" "$here/garak" "$work"/repeat.*jsonl
}

for step in ${STEPS:-lm_eval_logs inspect_logs garak_logs}; do "$step"; done
