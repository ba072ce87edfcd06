using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Access;

/// <summary>
/// The folder that says who may take part: the coordinator's key and certificate, and the join tokens that it has given
/// out. Of its user alone. Several coordinators of one run, or several runs, may have one folder.
/// </summary>
/// <param name="path">Absolute.</param>
internal sealed class AccessFolder(string path)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public string Path { get; } = path;

    public string Key => In("key.pem");

    public string Certificate => In("certificate.pem");

    /// <summary>The tokens, as digests.</summary>
    public string Records => In("tokens.json");

    /// <summary>The token that a run's start shows, as <c>--join @FILE</c> takes it.</summary>
    public string Join => In("join");

    public static AccessFolder Of(AccessOptions options, string runFolder) =>
        options.Folder is { } named ? new AccessFolder(named) : OfRun(runFolder);

    /// <summary>Where it is unless another is named.</summary>
    public static AccessFolder OfRun(string runFolder) => new(System.IO.Path.Combine(runFolder, "access"));

    /// <exception cref="UserErrorException">The records cannot be read.</exception>
    public AccessRecords Read()
    {
        try
        {
            return File.Exists(Records)
                ? JsonSerializer.Deserialize<AccessRecords>(File.ReadAllBytes(Records), Json) ?? new AccessRecords()
                : new AccessRecords();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UserErrorException($"{Records}: cannot be read: {exception.Message}", inner: exception);
        }
    }

    /// <summary>Changes the records as they are now, while nobody else does.</summary>
    /// <param name="change">Returns the new ones, or the same for no change, and what came of it.</param>
    /// <exception cref="UserErrorException">They cannot be read.</exception>
    /// <exception cref="IOException">They cannot be written.</exception>
    public T Change<T>(Func<AccessRecords, (AccessRecords Records, T Result)> change)
    {
        using var held = Hold();
        var before = Read();
        var (after, result) = change(before);
        if (!ReferenceEquals(before, after))
            PrivateFile.Write(Records, JsonSerializer.SerializeToUtf8Bytes(after, Json));
        return result;
    }

    /// <summary>Keeps others, in this process and in others, from changing what is here.</summary>
    /// <exception cref="IOException">The folder cannot be made, or somebody holds it for too long.</exception>
    public IDisposable Hold()
    {
        PrivateFile.MakeFolder(Path);
        var start = Environment.TickCount64;
        while (true)
        {
            try
            {
                return new FileStream(In("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Environment.TickCount64 - start < Patience.TotalMilliseconds)
            {
                Thread.Sleep(20);
            }
        }
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}

/// <summary>What has been given out. No token is in it, only what they are known by.</summary>
internal sealed record AccessRecords
{
    /// <summary>Of the coordinator's key; null where its certificate is of an authority, or none has started yet.</summary>
    public string? Pin { get; init; }

    public IReadOnlyList<TokenRecord> Tokens { get; init; } = [];

    /// <summary>Secret: credentials are signed with it, see <see cref="CredentialSigner"/>.</summary>
    public string Key { get; init; } = Secret.Draw("").Reveal();

    public TokenRecord? Token(string name) => Tokens.FirstOrDefault(token => token.Name == name);

    public AccessRecords Renamed(TokenRecord token, string name) => this with
    {
        Tokens = [.. Tokens.Where(other => other != token), token with { Name = name }],
    };

    public AccessRecords With(TokenRecord token) => this with
    {
        Tokens = [.. Tokens.Where(other => other.Name != token.Name), token],
    };
}

/// <param name="Name">For people.</param>
/// <param name="Hash">Sha256 of its secret.</param>
internal sealed record TokenRecord(string Name, string Hash, DateTimeOffset Made)
{
    /// <summary>When it stops letting anyone join; null for never. Who has joined stays.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>How many machines may join by it; null for any number.</summary>
    public int? Uses { get; init; }

    public int Used { get; init; }

    /// <summary>Nobody joins by it any more, and who has joined by it is turned away.</summary>
    public bool Revoked { get; init; }

    /// <summary>Why it lets nobody in; null where it does.</summary>
    public string? FaultAt(DateTimeOffset now) =>
        Revoked ? $"the join token '{Name}' has been revoked"
        : Expires <= now ? $"the join token '{Name}' has expired, at {Expires:yyyy-MM-dd HH:mm:ss} UTC"
        : Used >= Uses ? $"the join token '{Name}' is used up: it was for {NumberText.Count(Uses.Value, "machine")}"
        : null;
}
