#!/usr/bin/env bash
# A SLURM of one node on this machine (Debian), for the tests of profiles/slurm: installs slurm-wlm
# where it is missing, configures and starts it. Needs root. Does nothing where it runs already, and
# touches no SLURM that it did not set up.
set -euo pipefail

CONFIG=/etc/slurm/slurm.conf
MARK="# Written by tests/slurm/start_slurm.sh of the PRODA workflow."

fail() {
    echo "start_slurm.sh: $*" >&2
    exit 1
}

# Works: a job starts within seconds and ends.
works() {
    command -v srun >/dev/null && timeout 20 srun --immediate=10 true 2>/dev/null
}

[[ $EUID -eq 0 ]] || fail "expected to be run by root, found user $(id --user --name)"
if [[ -e $CONFIG ]] && ! grep --quiet --fixed-strings "$MARK" "$CONFIG"; then
    fail "found a SLURM that others set up ($CONFIG); the tests want a machine of their own"
fi
if works; then
    exit 0
fi

if ! { command -v slurmctld && command -v slurmd && command -v srun && command -v munged; } >/dev/null; then
    command -v apt-get >/dev/null || fail "expected Debian's apt-get to install slurm-wlm with"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update --quiet=2 && apt-get install --yes --quiet=2 --no-install-recommends slurm-wlm munge; } \
        >/dev/null || fail "apt-get could not install slurm-wlm and munge (network?)"
fi

folders=(/etc/slurm /var/lib/slurm/proda/state /var/lib/slurm/proda/spool /var/log/slurm)
mkdir --parents "${folders[@]}"
# Accounting needs a database; jobs over their memory are killed all the same, as on a real cluster.
cat >"$CONFIG" <<EOF
$MARK
ClusterName=proda
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,bf_interval=2
MinJobAge=3600
ReturnToService=2
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
StateSaveLocation=/var/lib/slurm/proda/state
SlurmdSpoolDir=/var/lib/slurm/proda/spool
SlurmctldLogFile=/var/log/slurm/slurmctld.log
SlurmdLogFile=/var/log/slurm/slurmd.log
$(slurmd -C | head --lines=1) NodeAddr=127.0.0.1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF

if ! munge --no-input >/dev/null 2>&1; then
    install --directory --owner=munge --group=munge /run/munge
    runuser --user munge -- munged --force
fi
# Stop what is left of an earlier start: only what the pid files of this configuration name.
for daemon in slurmctld slurmd; do
    pid=$(cat "/run/$daemon.pid" 2>/dev/null || true)
    if [[ -n $pid && $(cat "/proc/$pid/comm" 2>/dev/null) == "$daemon" ]]; then
        kill "$pid"
        while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    fi
done
slurmctld
slurmd
for _ in {1..10}; do
    if works; then
        exit 0
    fi
    sleep 1
done
sinfo >&2 || true
for log in /var/log/slurm/slurmctld.log /var/log/slurm/slurmd.log; do
    tail --lines=20 "$log" >&2
done
fail "SLURM was started but runs no job; its logs are above"
