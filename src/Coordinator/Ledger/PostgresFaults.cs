using System.Net.Sockets;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;
using Npgsql;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>What a database's errors mean, in a line each.</summary>
internal static class PostgresFaults
{
    /// <summary>The connection is gone, or the server starts, stops or has changed its part: it may be back soon.</summary>
    public static bool IsPassing(Exception exception) => exception switch
    {
        PostgresException { SqlState: var state } => state[..2] is "08" or "57" or "53" && state != "53100" ||
            state == "25006",
        NpgsqlException or IOException or SocketException or TimeoutException => !IsLogin(exception),
        // Npgsql's own words for a connection that broke under a transaction.
        InvalidOperationException or ObjectDisposedException => true,
        _ => false,
    };

    /// <summary>Class 23: not the database's fault but ours.</summary>
    public static bool IsConstraint(PostgresException exception) =>
        exception.SqlState.StartsWith("23", StringComparison.Ordinal);

    /// <summary>Before anything has begun.</summary>
    public static UserErrorException Refusal(PostgresAddress address, Exception exception) =>
        new($"--ledger {address}: {Describe(address, exception)}", inner: exception);

    public static string Describe(PostgresAddress address, Exception exception) => exception switch
    {
        PostgresException refused => Describe(address, refused),
        _ when IsLogin(exception) =>
            "the database asks for a password, and there is none; set PGPASSWORD, or write it into ~/.pgpass",
        { InnerException: SocketException socket } => $"the database cannot be reached ({Words(socket)})",
        { InnerException: TimeoutException } or TimeoutException => "the database does not answer",
        { InnerException: IOException } => "the connection to the database was lost",
        _ => $"the database cannot be reached ({(exception.InnerException ?? exception).Message})",
    };

    private static string Describe(PostgresAddress address, PostgresException refused) => refused.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"the database refuses the user or the password ({refused.MessageText}); the password is taken from the " +
            "address, PGPASSWORD or ~/.pgpass",
        PostgresErrorCodes.InvalidCatalogName =>
            $"there is no database {address.Database}; create it with: createdb {address.Database}",
        PostgresErrorCodes.InsufficientPrivilege =>
            $"{refused.MessageText}; the user needs a right: GRANT CREATE ON DATABASE \"{address.Database}\" TO " +
            $"{(address.User.Length > 0 ? address.User : "the user")}",
        PostgresErrorCodes.DiskFull => $"the database's disk is full ({refused.MessageText}); make room, then give the " +
            "same command again",
        PostgresErrorCodes.CannotConnectNow => $"the database cannot be used yet ({refused.MessageText})",
        _ => $"the database says: {refused.MessageText} ({refused.SqlState})",
    };

    private static bool IsLogin(Exception exception) =>
        exception is NpgsqlException and not PostgresException &&
        exception.Message.Contains("No password has been provided", StringComparison.Ordinal);

    private static string Words(SocketException socket) => socket.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostNotFound or SocketError.NoData => "there is no such machine",
        SocketError.TimedOut => "no answer",
        _ => socket.Message,
    };
}
