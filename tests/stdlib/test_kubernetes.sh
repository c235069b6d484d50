# kubernetes: the real kubectl against the stand-in for an API server that keeps state.
. "$(dirname "$0")/lib.sh"
needs kubectl

standin=$here/../live/kube_standin.py
mkdir "$work/cluster"
serve_until_end cluster python3 "$standin" serve --dir "$work/cluster" --scenario '{}'
soon test -s "$work/cluster/url"
workload=deployment/anomaly-detection-api
python3 "$standin" tell "$work/cluster" '{"deploy": "registry.example.org/anomaly-detection-api:v9"}' >/dev/null

where="kubeconfig: $work/cluster/kubeconfig, namespace: production"
given <<EOF
  - id: before
    uses: kubernetes.get
    with: {$where, kind: deployment, name: anomaly-detection-api}
  - id: pods
    uses: kubernetes.get
    with: {$where, kind: pods}
  - uses: kubernetes.rollout_status
    with: {$where, workload: $workload, timeout: 20s}
  - uses: kubernetes.rollout_undo
    with: {$where, workload: $workload}
  - uses: kubernetes.scale
    with: {$where, workload: $workload, replicas: 5}
  - uses: kubernetes.rollout_status
    with: {$where, workload: $workload, timeout: 20s}
  - id: logs
    uses: kubernetes.logs
    with: {$where, of: $workload, tail: 5}
  - id: after
    uses: kubernetes.get
    with: {$where, kind: deployment, name: anomaly-detection-api}
  - assert:
      - contains(steps.before.output.spec.template.spec.containers[1].image, ":v9")
      - "#steps.pods.output >= 1"
      - not contains(steps.after.output.spec.template.spec.containers[1].image, ":v9")
      - steps.after.output.spec.replicas == 5
EOF
it "reads, rolls back, scales and waits" succeeds

given <<EOF
  - uses: kubernetes.patch
    with: {$where, workload: $workload, patch: {spec: {replicas: 2}}, type: merge}
  - uses: kubernetes.rollout_status
    with: {$where, workload: $workload, timeout: 20s}
  - id: waited
    uses: kubernetes.wait
    with: {$where, kind: deployment, name: anomaly-detection-api, condition: condition=Available, timeout: 20s}
  - id: after
    uses: kubernetes.get
    with: {$where, kind: deployment, name: anomaly-detection-api}
  - assert:
      - steps.after.output.spec.replicas == 2
      - contains(steps.waited.output, "condition met")
EOF
it "changes an object, and waits until a condition of it holds" succeeds

given <<EOF
  - uses: kubernetes.wait
    with: {$where, kind: deployment, name: anomaly-detection-api, condition: condition=Never, timeout: 1s}
EOF
it "fails when it does not hold in time" fails_with action "timed out"

given <<EOF
  - uses: kubernetes.get
    with: {$where, kind: deployment, name: none}
EOF
it "fails with what kubectl says" fails_with action "not found"

finish
