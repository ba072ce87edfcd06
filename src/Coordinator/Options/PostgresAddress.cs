using System.Globalization;
using System.Text.RegularExpressions;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Options;

/// <summary>Where a ledger is in PostgreSQL. Several runs in one database have a schema each.</summary>
/// <param name="User">Empty for who started this program.</param>
/// <param name="Password">Null where Npgsql is to find it: in PGPASSWORD or .pgpass.</param>
/// <param name="Schema">Null for one that is named after the run.</param>
/// <param name="SslMode">As PostgreSQL writes it; null for TLS where the server has it.</param>
internal sealed partial record PostgresAddress(
    string Host, int Port, string Database, string User, string? Password, string? Schema, string? SslMode)
{
    private const int DefaultPort = 5432;
    private static readonly string[] SslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

    public static bool LooksLikeOne(string text) =>
        text.StartsWith("postgres://", StringComparison.Ordinal) ||
        text.StartsWith("postgresql://", StringComparison.Ordinal);

    /// <param name="text">postgres://[user[:password]@]host[:port]/database[?schema=name][&amp;sslmode=mode]</param>
    /// <exception cref="FormatException">It is not; the message does not repeat it, since it may hold a password.
    /// </exception>
    public static PostgresAddress Parse(string text)
    {
        if (!LooksLikeOne(text) || !Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 ||
            uri.Fragment.Length > 0)
            throw new FormatException("write it like postgres://user@host:5432/database");
        var database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/'));
        if (database.Length == 0 || database.Contains('/', StringComparison.Ordinal))
            throw new FormatException("it names no database; write it like postgres://user@host:5432/database");
        var login = uri.UserInfo.Split(':', 2);
        return Query(uri.Query).Aggregate(
            new PostgresAddress(
                uri.IdnHost.Trim('[', ']'), uri.Port < 0 ? DefaultPort : uri.Port, database,
                Uri.UnescapeDataString(login[0]), login.Length > 1 ? Uri.UnescapeDataString(login[1]) : null,
                Schema: null, SslMode: null),
            (address, option) => address.With(option.Key, option.Value));
    }

    /// <summary>Without the password, also for the run's folder.</summary>
    public override string ToString()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        string?[] options = [Schema is null ? null : $"schema={Schema}", SslMode is null ? null : $"sslmode={SslMode}"];
        var query = string.Join('&', options.OfType<string>());
        return string.Create(CultureInfo.InvariantCulture, $"postgres://{(User.Length > 0 ? Uri.EscapeDataString(User) +
            "@" : "")}{host}:{Port}/{Uri.EscapeDataString(Database)}{(query.Length > 0 ? "?" + query : "")}");
    }

    /// <summary>The same in a line that somebody typed, without the password.</summary>
    public static string Hide(string text) => TypedPassword().Replace(text, "$1$2");

    private static IEnumerable<KeyValuePair<string, string>> Query(string query) => query.TrimStart('?')
        .Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
        .Select(pair => KeyValuePair.Create(pair[0], pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : ""));

    private PostgresAddress With(string option, string value) => (option, value) switch
    {
        ("schema", _) when SchemaName().IsMatch(value) => this with { Schema = value },
        ("schema", _) => throw new FormatException(
            "schema: give a name of lower-case letters, digits and _, for example schema=nightly"),
        ("sslmode", _) => this with { SslMode = OptionText.OneOf(value, SslModes) },
        _ => throw new FormatException($"{option}: only schema and sslmode can be given after '?'"),
    };

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();

    [GeneratedRegex("(postgres(?:ql)?://[^:/@]*):.*(@)")]
    private static partial Regex TypedPassword();
}
