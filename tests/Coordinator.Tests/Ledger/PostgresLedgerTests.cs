using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Tests.Ledger;

/// <summary>One for all tests of the class: each has a schema of its own in it.</summary>
public sealed class PostgresFixture : IDisposable
{
    private PostgresServer? _server;

    public PostgresServer Server => _server ??= PostgresServer.Start();

    public void Dispose() => _server?.Dispose();
}

/// <summary>A ledger in a database, and what becomes of the connection to it.</summary>
public sealed class PostgresLedgerTests(PostgresFixture fixture) : LedgerTests, IClassFixture<PostgresFixture>
{
    private readonly string _schema = $"t{Guid.NewGuid():N}";

    private PostgresServer Server => fixture.Server;

    private PostgresAddress Address => PostgresAddress.Parse(Server.Address()) with { Schema = _schema };

    [Fact]
    public void Open_WhileAnotherCoordinatorWorks_IsRefusedAndNamesIt()
    {
        using var first = Create(Runs.File(0, 10));

        var refusal = Assert.Throws<UserErrorException>(Open);

        Assert.Contains($"{Environment.MachineName}, process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AnotherSchemaOfTheSameDatabase_IsAnotherRun()
    {
        using var first = Create(Runs.File(0, 10));

        using var second = PostgresLedger.Open(Address with { Schema = _schema + "_b" }, new PostgresOptions());

        Assert.Null(second.Load());
        Assert.NotNull(first.Load());
    }

    [Fact]
    public void OpenReadOnly_NoLedgerThere_GivesNoneAndMakesNone()
    {
        Assert.Null(PostgresLedger.OpenReadOnly(Address));
        Assert.Equal("0", Server.Execute($"SELECT count(*) FROM pg_namespace WHERE nspname = '{_schema}'"));
    }

    [Fact]
    public void IsLed_AsLongAsACoordinatorHoldsIt()
    {
        var leader = Create(Runs.File(0, 10));
        using var watcher = PostgresLedger.OpenReadOnly(Address)!;
        Assert.True(watcher.IsLed);

        leader.Dispose();

        Assert.False(watcher.IsLed);
    }

    [Fact]
    public void Commit_ByACoordinatorThatWasDeposed_IsRefusedAndChangesNothing()
    {
        using var deposed = Create(Runs.File(0, 10));
        EndConnections();
        using var successor = Open();

        var refusal = Assert.Throws<UserErrorException>(() => deposed.Commit([Batch(window: 0)]));

        Assert.Contains("taken this run over", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(successor.Load()!.Batches);
        successor.Commit([Batch(window: 1)]);
        Assert.Equal([1], successor.Load()!.Batches.Select(batch => batch.Window));
    }

    /// <summary>Should the lock ever fall while the connection lives, as behind a proxy of connections.</summary>
    [Fact]
    public void Commit_EpochRaisedUnderALivingConnection_IsRefused()
    {
        using var deposed = Create(Runs.File(0, 10));
        Server.Execute($"UPDATE {_schema}.leader SET epoch = epoch + 1");

        Assert.Throws<UserErrorException>(() => deposed.Commit([Batch(window: 0)]));

        Assert.Empty(deposed.Load()!.Batches);
    }

    /// <summary>It would otherwise let its workers wait for ever.</summary>
    [Fact]
    public void Commit_OfNothingByACoordinatorThatWasDeposed_IsRefusedAfterAWhile()
    {
        var time = new FakeTime();
        using var deposed = PostgresLedger.Open(Address, new PostgresOptions { Time = time });
        EndConnections();
        using var successor = Open();

        deposed.Commit([]);
        time.Advance(TimeSpan.FromSeconds(6));

        Assert.Throws<UserErrorException>(() => deposed.Commit([]));
    }

    [Fact]
    public void Commit_ConnectionLostBefore_IsMadeAnew()
    {
        using var ledger = Create(Runs.File(0, 10));
        EndConnections();

        ledger.Commit([Batch(window: 0)]);
        ledger.Commit([Batch(window: 1)]);

        Assert.Equal([0, 1], ledger.Load()!.Batches.Select(batch => batch.Window));
    }

    /// <summary>Whether the COMMIT itself was lost, or the answer to it: it is there once.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Commit_OutcomeUnknown_IsFoundOut(bool delivered)
    {
        using var relay = new TcpRelay(new Uri(Server.Address()).Port);
        var told = new List<string>();
        using var ledger = PostgresLedger.Open(
            Address with { Port = relay.Port }, new PostgresOptions { Tell = told.Add });
        ledger.Create(Runs.Run(), [Runs.File(0, 10)]);

        // Its end tells it from the READ COMMITTED of BEGIN.
        relay.CutAt("COMMIT\0", delivered);
        ledger.Commit([Batch(window: 0)]);
        ledger.Commit([Batch(window: 1)]);

        Assert.Single(told);
        Assert.Equal([0, 1], ledger.Load()!.Batches.Select(batch => batch.Window));
    }

    [Fact]
    public void Commit_ServerRestarted_GoesOn()
    {
        using var own = PostgresServer.Start();
        using var ledger = PostgresLedger.Open(
            PostgresAddress.Parse(own.Address()) with { Schema = "a" },
            new PostgresOptions { Wait = _ => own.Start() });
        ledger.Create(Runs.Run(), [Runs.File(0, 10)]);
        ledger.Commit([Batch(window: 0)]);
        own.Kill();

        ledger.Commit([Batch(window: 1)]);

        Assert.Equal([0, 1], ledger.Load()!.Batches.Select(batch => batch.Window));
    }

    [Fact]
    public void Commit_ServerGoneForGood_SaysSoInTheEnd()
    {
        using var own = PostgresServer.Start();
        var time = new FakeTime();
        using var ledger = PostgresLedger.Open(
            PostgresAddress.Parse(own.Address()) with { Schema = "a" },
            new PostgresOptions { Time = time, Wait = time.Advance });
        ledger.Create(Runs.Run(), [Runs.File(0, 10)]);
        own.Kill();

        var fault = Assert.Throws<IOException>(() => ledger.Commit([Batch(window: 0)]));

        Assert.Contains("nothing is lost", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitAsync_LeaderDies_TakesTheRunOver()
    {
        var leader = Create(Runs.File(0, 10));
        leader.Commit([Batch(window: 0)]);
        var told = new List<string>();
        var waiting = PostgresLedger.WaitAsync(Address, new PostgresOptions(), told.Add, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        EndConnections();
        using var successor = await waiting;

        Assert.Single(successor.Load()!.Batches);
        Assert.Contains(told, line => line.Contains("leads the run", StringComparison.Ordinal));
        Assert.Throws<UserErrorException>(() => leader.Commit([Batch(window: 1)]));
        leader.Dispose();
    }

    /// <summary>As one that is stopped: its connection lives.</summary>
    [Fact]
    public async Task WaitAsync_LeaderGivesNoSignOfLife_TakesTheRunOverAndIsNamedInOneLine()
    {
        var told = new List<string>();
        using var stopped = PostgresLedger.Open(
            Address, new PostgresOptions { SignInterval = Timeout.InfiniteTimeSpan, Tell = told.Add });
        stopped.Create(Runs.Run(), [Runs.File(0, 10)]);
        var heard = new List<string>();

        using var successor = await PostgresLedger.WaitAsync(
            Address, new PostgresOptions { StuckAfter = TimeSpan.FromSeconds(1) }, heard.Add,
            TestContext.Current.CancellationToken);

        Assert.True(successor.IsTakenFromAStuckOne);
        Assert.Contains(heard, line => line.Contains("no sign of life for 1 s", StringComparison.Ordinal));
        successor.Commit([Batch(window: 1)]);
        var refusal = Assert.Throws<UserErrorException>(() => stopped.Commit([Batch(window: 0)]));
        Assert.Contains("taken this run over", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(told);
        Assert.Equal([1], successor.Load()!.Batches.Select(batch => batch.Window));
    }

    /// <summary>Nobody else has come meanwhile: it goes on.</summary>
    [Fact]
    public void EndStuck_LeaderWithoutASuccessor_LeadsOnWhenItComesBack()
    {
        using var stopped = PostgresLedger.Open(
            Address, new PostgresOptions { SignInterval = Timeout.InfiniteTimeSpan });
        stopped.Create(Runs.Run(), [Runs.File(0, 10)]);
        EndConnections();

        stopped.Commit([Batch(window: 0)]);

        Assert.Single(stopped.Load()!.Batches);
        Assert.Throws<UserErrorException>(Open);
    }

    /// <summary>The server hears of a leader also while that has nothing to write.</summary>
    [Fact]
    public async Task Open_LeaderWithNothingToWrite_GivesSignsOfLife()
    {
        using var leader = PostgresLedger.Open(
            Address, new PostgresOptions { SignInterval = TimeSpan.FromMilliseconds(50) });
        var seen = new HashSet<string>();

        while (seen.Count < 3)
        {
            seen.Add(Server.Execute($"SELECT state_change FROM pg_stat_activity WHERE pid IN ({LockHolders})"));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        leader.Create(Runs.Run(), [Runs.File(0, 10)]);
    }

    [Fact]
    public void ReadScores_ReaderThatStalls_HoldsNoTransaction()
    {
        using var ledger = Create(Runs.File(0, 10));
        ledger.Commit([Window(0, [1f]), Window(1, [2f]), Window(2, [3f])]);
        using var stalled = ledger.ReadScores(0).GetEnumerator();
        Assert.True(stalled.MoveNext());

        Assert.Equal("0", Server.Execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"));
        ledger.Commit([Window(3, [4f])]);
        var rest = new List<float>();
        while (stalled.MoveNext())
            rest.Add(stalled.Current.Scores[0]);
        Assert.Equal([2f, 3f, 4f], rest);
    }

    [Fact]
    public void Drop_LeavesNothing_AndNotWhileACoordinatorWorks()
    {
        var ledger = Create(Runs.File(0, 10));
        Assert.Throws<UserErrorException>(() => PostgresLedger.Drop(Address));
        ledger.Dispose();

        PostgresLedger.Drop(Address);

        Assert.Null(PostgresLedger.OpenReadOnly(Address));
    }

    [Fact]
    public void Open_LedgerOfAnotherVersion_IsRefused()
    {
        Create().Dispose();
        Server.Execute($"UPDATE {_schema}.leader SET version = 4");

        var refusal = Assert.Throws<UserErrorException>(Open);

        Assert.Contains("version 4", refusal.Message, StringComparison.Ordinal);
    }

    private protected override ILedger Open() => PostgresLedger.Open(Address, new PostgresOptions());

    /// <summary>As the server does when a coordinator's machine has vanished.</summary>
    private void EndConnections() => Server.Execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'fineweb%' AND pid IN " +
        $"({LockHolders})");

    private string LockHolders => "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND " +
        $"((classid::bigint << 32) | objid::bigint) = {PostgresSession.LockOf(_schema)}";
}
