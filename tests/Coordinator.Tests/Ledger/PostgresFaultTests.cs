using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Tests.Ledger;

/// <summary>What a person reads who named a database that cannot be used: one line that says what to do.</summary>
public sealed class PostgresFaultTests(PostgresFaultTests.ServerWithPasswords fixture)
    : IClassFixture<PostgresFaultTests.ServerWithPasswords>
{
    private const string Password = "the-secret-word";

    [Fact]
    public void Open_NobodyListens_SaysSo()
    {
        Assert.Contains("connection refused", Refusal("postgres://postgres@127.0.0.1:1/runs"), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoSuchMachine_SaysSo()
    {
        Assert.Contains("no such machine", Refusal("postgres://postgres@nowhere.invalid/runs"), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoSuchDatabase_SaysHowToCreateIt()
    {
        Assert.Contains(
            "createdb runs", Refusal(fixture.Server.Address(database: "runs")), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoPassword_SaysWhereItIsTakenFrom()
    {
        Assert.Contains("PGPASSWORD", Refusal(fixture.Server.Address("guest")), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WrongPassword_SaysSoAndDoesNotRepeatIt()
    {
        var refusal = Refusal(fixture.Server.Address("guest", "wrong-word"));

        Assert.Contains("password", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-word", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoRightToCreate_SaysWhichRight()
    {
        Assert.Contains(
            "GRANT CREATE ON DATABASE", Refusal(fixture.Server.Address("guest", Password)), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SchemaMadeForTheUser_NeedsNoOtherRight()
    {
        fixture.Server.Execute("CREATE SCHEMA made AUTHORIZATION guest");

        using var ledger = PostgresLedger.Open(
            PostgresAddress.Parse(fixture.Server.Address("guest", Password)) with { Schema = "made" },
            new PostgresOptions());

        Assert.Null(ledger.Load());
    }

    private static string Refusal(string address)
    {
        var refusal = Assert.Throws<UserErrorException>(() => PostgresLedger.Open(
            PostgresAddress.Parse(address) with { Schema = "a" }, new PostgresOptions()));
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.DoesNotContain(Password, refusal.Message, StringComparison.Ordinal);
        return refusal.Message;
    }

    public sealed class ServerWithPasswords : IDisposable
    {
        private PostgresServer? _server;

        public PostgresServer Server
        {
            get
            {
                if (_server is null)
                {
                    _server = PostgresServer.Start("scram-sha-256");
                    _server.Execute($"CREATE USER guest PASSWORD '{Password}'");
                }

                return _server;
            }
        }

        public void Dispose() => _server?.Dispose();
    }
}
