using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Tests.Ledger;

public sealed class LedgerPlaceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static PostgresAddress Database { get; } = PostgresAddress.Parse("postgres://me:the-secret-word@db/runs");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Choose_NothingSaid_IsAFileInTheFolder()
    {
        Assert.Null(LedgerPlace.Find(_folder.Path));
        Assert.Null(LedgerPlace.Choose(_folder.Path, asked: null, "abc").Database);
    }

    [Fact]
    public void Note_LetsTheFolderSayWhereTheLedgerIs_WithoutThePassword()
    {
        LedgerPlace.Choose(_folder.Path, Database, "abc").Note();

        var expected = Database with { Password = null, Schema = "fineweb_abc" };
        Assert.Equal(expected, LedgerPlace.Find(_folder.Path)!.Database);
        Assert.Equal(expected, LedgerPlace.Choose(_folder.Path, asked: null, "abc").Database);
        Assert.All(Directory.GetFiles(_folder.Path), path =>
            Assert.DoesNotContain("the-secret-word", File.ReadAllText(path), StringComparison.Ordinal));
    }

    [Fact]
    public void Choose_TheSameDatabaseOnAnotherMachine_IsFollowed()
    {
        LedgerPlace.Choose(_folder.Path, Database with { Schema = "mine" }, "abc").Note();

        var place = LedgerPlace.Choose(_folder.Path, Database with { Host = "db2" }, "abc");

        Assert.Equal(("db2", "mine"), (place.Database!.Host, place.Database.Schema));
    }

    [Theory]
    [InlineData("postgres://me@db/other")]
    [InlineData("postgres://me@db/runs?schema=other")]
    public void Choose_AnotherLedgerThanTheFolderSays_IsRefused(string asked)
    {
        LedgerPlace.Choose(_folder.Path, Database, "abc").Note();

        var refusal = Assert.Throws<UserErrorException>(
            () => LedgerPlace.Choose(_folder.Path, PostgresAddress.Parse(asked), "abc"));

        Assert.Contains("postgres://me@db:5432/runs?schema=fineweb_abc", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_ADatabaseForARunWithAFile_IsRefused()
    {
        SqliteLedger.Open(_folder["ledger.sqlite"]).Dispose();

        var refusal = Assert.Throws<UserErrorException>(() => LedgerPlace.Choose(_folder.Path, Database, "abc"));

        Assert.Contains("ledger.sqlite", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_NoteThatIsNoAddress_IsRefusedWithItsPath()
    {
        File.WriteAllText(_folder["ledger.url"], "http://db/runs\n");

        var refusal = Assert.Throws<UserErrorException>(() => LedgerPlace.Find(_folder.Path));

        Assert.Contains(_folder["ledger.url"], refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Exists_OnceTheFileIsBegun_AndIsThenLookedAt()
    {
        var place = LedgerPlace.Choose(_folder.Path, asked: null, "abc");
        Assert.False(place.Exists);
        Assert.Null(place.OpenReadOnly());

        using (var ledger = place.Open(new PostgresOptions()))
            ledger.Create(Runs.Run(), [Runs.File(0, 3)]);
        place.Note();
        place.Drop();

        Assert.True(place.Exists);
        Assert.Equal(place, LedgerPlace.Find(_folder.Path));
        using var reader = place.OpenReadOnly()!;
        Assert.Equal([Runs.File(0, 3)], reader.Load()!.Files);
        Assert.Throws<IOException>(() => reader.Commit([new LedgerChange.FileFailed(0, "why")]));
    }

    /// <summary>A file that happens to lie in the folder is not taken for it.</summary>
    [Fact]
    public void Database_NotThere_IsOneLineWhateverIsAskedOfIt()
    {
        var place = new LedgerPlace(_folder.Path, PostgresAddress.Parse("postgres://me@127.0.0.1:1/runs?schema=abc"));
        SqliteLedger.Open(_folder["ledger.sqlite"]).Dispose();
        Action[] calls =
        [
            () => _ = place.Exists, () => place.OpenReadOnly(), place.Drop,
            () => place.Open(new PostgresOptions { Patience = TimeSpan.Zero }),
        ];

        Assert.All(calls, call => Assert.Contains(
            "127.0.0.1:1/runs", Assert.Throws<UserErrorException>(call).Message, StringComparison.Ordinal));
    }
}
