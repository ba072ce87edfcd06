using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Mutation;
using FineWebTorch.Protos.V1;
using Google.Protobuf;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>
/// The state of a run under what workers say in their sessions, in any order, and what else happens to a run: sessions
/// that break, time that passes, commands of a person, shards that arrive, a coordinator that is started again.
/// Whatever was said, the ledger must load to the same run.
/// </summary>
internal sealed class WorkerMessagesTarget : FuzzTarget
{
    private const int Sessions = 4;
    private readonly ProtobufMutator _messages = new(WorkerMessage.Descriptor);
    private readonly ByteMutator _bytes = new();
    private readonly string _digest;

    public WorkerMessagesTarget()
    {
        using var run = new SmallRun(Workshop.Folder);
        _digest = run.Core.Description.Digest;
    }

    // A ledger and a core for each input; of what is stored again and again, each time.
    public override long AllowedBytes(int length) => (32L << 20) + (2000L * length);

    public override IEnumerable<byte[]> Seeds => Enumerable.Range(1, 20).Select(seed =>
    {
        var random = new Random(seed);
        return Script.Write(
        [
            Say(0, new WorkerMessage { Hello = SmallRun.Hello(0) }),
            Say(1, new WorkerMessage { Hello = SmallRun.Hello(1) }),
            .. Enumerable.Range(0, 30).Select(_ => Sensible(random)),
        ]);
    });

    public override void Run(byte[] input)
    {
        using var run = new SmallRun(Workshop.Folder);
        var play = new Play(run);
        foreach (var step in Script.Parse(input))
            play.Do(step);
        play.DemandSameAfterRestart();
    }

    /// <summary>Nothing may be thrown: what is wrong with a message is told to its sender.</summary>
    public override bool IsRefusal(Exception exception) => false;

    public override byte[] Mutate(byte[] input, byte[] other, Random random) =>
        Script.Mutate(input, other, random, Sensible, Change);

    private ScriptStep Change(ScriptStep step, ScriptStep lent, Random random) => random.Next(10) == 0
        ? step with { Kind = (byte)random.Next(256) }
        : step with
        {
            Content = Play.IsMessage(step)
                ? _messages.Mutate(step.Content, lent.Content, random)
                : _bytes.Mutate(step.Content, lent.Content, random),
        };

    private ScriptStep Sensible(Random random) => random.Next(6) > 0
        ? Say(random.Next(2), SmallRun.Sensible(random, _digest))
        : new ScriptStep((byte)random.Next(256), [(byte)random.Next(64), (byte)random.Next(16)]);

    private static ScriptStep Say(int session, WorkerMessage message) =>
        new((byte)session, message.ToByteArray());

    /// <summary>Does a script to a run.</summary>
    private sealed class Play(SmallRun run)
    {
        private const int LastMessage = 5;
        private readonly Listener[] _sessions = [.. Enumerable.Range(0, Sessions).Select(_ => new Listener())];
        private TimeSpan _now;

        public static bool IsMessage(ScriptStep step) => KindOf(step) <= LastMessage;

        public void Do(ScriptStep step)
        {
            var session = step.Kind % Sessions;
            var first = step.Content.Length > 0 ? step.Content[0] : 0;
            var second = step.Content.Length > 1 ? step.Content[1] : 0;
            switch (KindOf(step))
            {
                case <= LastMessage: Say(_sessions[session], step.Content); break;
                case 6: End(session); break;
                case 7: _now += TimeSpan.FromSeconds(first); Handle(new RunCommand.Tick()); break;
                case 8: Restart(); break;
                case 9: Control(first, second); break;
                case 10: Handle(new RunCommand.ProcessEnded(first % 8)); break;
                case 11: Deliver(first, second); break;
                case 12: Ask(first, second); break;
                case 13: Handle(new RunCommand.Drain()); break;
                default: JsonSerializer.Serialize(run.Core.Snapshot(_now), RunSummary.Json); break;
            }
        }

        /// <summary>What the ledger has is what the run has come to.</summary>
        public void DemandSameAfterRestart()
        {
            var (rows, kept, done) = (run.Core.Totals.Rows, run.Core.Totals.Kept, run.Core.Files.Ended);
            run.Restart();
            if ((rows, kept, done) != (run.Core.Totals.Rows, run.Core.Totals.Kept, run.Core.Files.Ended))
                throw new BrokenPromiseException(
                    $"a run of {rows} rows, {kept} kept, {done} files ended was loaded as one of " +
                    $"{run.Core.Totals.Rows}, {run.Core.Totals.Kept}, {run.Core.Files.Ended}");
            if (rows > 14)
                throw new BrokenPromiseException($"{rows} rows of 14 have scores");
        }

        private static int KindOf(ScriptStep step) => step.Kind / Sessions % 16;

        private void Say(Listener session, byte[] content)
        {
            try
            {
                var message = WorkerMessage.Parser.ParseFrom(content);
                if (!session.IsClosed)
                    Handle(new RunCommand.Received(session, message));
            }
            catch (InvalidProtocolBufferException)
            {
                // gRPC ends the call.
                Handle(new RunCommand.SessionEnded(session));
                session.Close();
            }
        }

        private void Restart()
        {
            run.Restart();
            Array.ForEach(_sessions, one => one.Reset());
            _now = TimeSpan.Zero;
            Handle(new RunCommand.Tick());
        }

        private void End(int session)
        {
            Handle(new RunCommand.SessionEnded(_sessions[session]));
            _sessions[session] = new Listener();
        }

        private void Control(int path, int name)
        {
            string[] known = ["*", "worker 0", "0.parquet", "?.parquet", "none"];
            var names = new NamePatterns([known[name % known.Length]]);
            var request = ControlRequest.ByPath.Values.ElementAt(path % ControlRequest.ByPath.Count)(names);
            Handle(new RunCommand.Control(request, new()));
        }

        /// <summary>A shard that has come whole, and then has a place or finds none.</summary>
        private void Deliver(int number, int fence)
        {
            var totals = run.Core.Files.Find(number % 3)?.Totals ?? new ScoreTotals();
            var shard = new ShardRecord(
                number % 3, "data/train.parquet", (ulong)fence, 1, SmallRun.Digest, totals.Rows, totals.Kept,
                totals.Unscorable, [], Done: false);
            var answer = new TaskCompletionSource<PreparedShard>();
            Handle(new RunCommand.PrepareShard(shard, answer));
            if (answer.Task.Result.Refusal is null)
                Handle(new RunCommand.FinishShard(shard.File, number < 3 ? null : "no room", new()));
        }

        private void Ask(int session, int number)
        {
            Handle(new RunCommand.FindBuild(new Secret($"session {session}"), (ulong)number, new()));
            Handle(new RunCommand.FindReader(new Secret($"session {session}"), (uint)number % 4, new()));
        }

        private void Handle(RunCommand command)
        {
            var core = run.Core;
            core.Handle(command, _now);
            core.Plan(_now);
            run.Ledger.Commit(core.Outbox.Changes);
            core.Outbox.Deliver();
            var digests = core.Outbox.ToDigest.ToList();
            core.Outbox.Clear();
            foreach (var file in digests)
                Handle(new RunCommand.DigestRead(file.Index, SmallRun.Digest, Error: null));
        }
    }

    /// <summary>A worker's end, which must be able to read all that it is sent.</summary>
    private sealed class Listener : IWorkerSession
    {
        private const int MostBytes = 1 << 20;

        public bool IsClosed { get; private set; }

        public void Send(CoordinatorMessage message)
        {
            if (message.CalculateSize() > MostBytes)
                throw new BrokenPromiseException($"a message of {message.CalculateSize()} bytes");
        }

        public void Close(string? error = null) => IsClosed = true;

        public void Reset() => IsClosed = false;
    }
}
