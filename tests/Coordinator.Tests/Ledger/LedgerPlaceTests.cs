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
}
