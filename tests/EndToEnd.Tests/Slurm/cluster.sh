#!/usr/bin/env bash
# A Slurm cluster of this machine alone, for tests: cluster.sh FOLDER NODES GPUS_PER_NODE PORT
# It runs in a process namespace of its own, so that nothing of it, not even a job, outlives it. Ports from PORT on, one
# for the controller and one for each node, are on loopback. Says "ready" when all nodes are idle. Then it takes lines:
#   stop         the controller goes away
#   start        and comes back, with the state that it had
#   kill NODE    a node dies: its daemon and all that runs on it
#   boot NODE    and comes back
# and answers each by "done". It ends when its input does.
set -euo pipefail
if [ -z "${IN_NAMESPACE:-}" ]; then
  IN_NAMESPACE=1 exec unshare --pid --fork --kill-child --mount-proc bash "$0" "$@"
fi
folder=$1 nodes=$2 gpus=$3 port=$4
export SLURM_CONF=$folder/slurm.conf
umask 022
mkdir -p "$folder/state"
head -c 1024 /dev/urandom >"$folder/munge.key"
chmod 400 "$folder/munge.key"

cat >"$SLURM_CONF" <<CONF
ClusterName=fineweb
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/jobcomp.log
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SlurmctldTimeout=5
SlurmdTimeout=10
KillWait=15
MessageTimeout=5
MailProg=/bin/true
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
GresTypes=gpu
SlurmdParameters=config_overrides
CONF
echo AutoDetect=off >"$folder/gres.conf"
for node in $(seq -f n%g "$nodes"); do
  mkdir -p "$folder/spool-$node" "$folder/dev-$node"
  # Slurm looks at nothing of a GPU but that it is a device.
  for gpu in $(seq 0 $((gpus - 1))); do mknod "$folder/dev-$node/gpu$gpu" c 1 3; done
  echo "NodeName=$node Name=gpu File=$folder/dev-$node/gpu[0-$((gpus - 1))]" >>"$folder/gres.conf"
  echo "NodeName=$node NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + ${node#n})) CPUs=8 Sockets=1" \
    "CoresPerSocket=8 ThreadsPerCore=1 RealMemory=1000 Gres=gpu:$gpus" >>"$SLURM_CONF"
done
cat >>"$SLURM_CONF" <<CONF
PartitionName=low Nodes=ALL Default=YES MaxTime=INFINITE PriorityTier=1 State=UP
PartitionName=high Nodes=ALL MaxTime=INFINITE PriorityTier=10 PreemptMode=off State=UP
CONF

# Daemons that do not go into the background: one that is killed is reaped.
declare -A daemon
controller() { slurmctld -D "$@" </dev/null >/dev/null 2>&1 & daemon[controller]=$!; }
node() { slurmd -D "$@" </dev/null >/dev/null 2>&1 & daemon[${*: -1}]=$!; }

# Jobs know the node that they run on; what started each has no name but theirs.
end_jobs_of() {
  local environment process
  for environment in $(grep -lz "^SLURMD_NODENAME=$1$" /proc/[0-9]*/environ 2>/dev/null); do
    process=${environment//[^0-9]/}
    kill -KILL "$(ps -o ppid= -p "$process" | tr -d ' ')" "$process" 2>/dev/null || true
  done
}

munged -F --socket="$folder/munge.socket" --key-file="$folder/munge.key" --pid-file="$folder/munged.pid" \
  --log-file="$folder/munged.log" --seed-file="$folder/munged.seed" </dev/null >/dev/null 2>&1 &
until [ -S "$folder/munge.socket" ]; do sleep 0.02; done
controller -c
for name in $(seq -f n%g "$nodes"); do node -c -N "$name"; done
until [ "$(timeout 3 sinfo -h -p low -t idle -o %D 2>/dev/null)" = "$nodes" ]; do sleep 0.05; done
echo ready

while read -r what name; do
  case $what in
    stop) kill "${daemon[controller]}"; wait "${daemon[controller]}" || true ;;
    start) controller ;;
    kill)
      kill -KILL "${daemon[$name]}"
      end_jobs_of "$name" ;;
    boot) node -N "$name" ;;
  esac
  echo "done $what $name"
done
