using System.Globalization;
using System.Text;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Access;

/// <summary>
/// Gives tokens out, lets machines join by them and knows those that have. What <c>coordinator token</c> changes in the
/// folder counts within a second for a coordinator that is at work.
/// </summary>
internal sealed class JoinTokens(AccessFolder folder, TimeProvider time)
{
    /// <summary>Of the one that a run's start shows.</summary>
    public const string FirstName = "join";

    private const string Advice = "whoever runs the coordinator gets another by 'coordinator token add'";
    private const string Anew = "join anew with the line that 'coordinator token show' prints there";

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private (DateTime Written, long Length) _seen;
    private long _looked;
    private AccessRecords _records = new();

    /// <summary>The token that a start shows, a new one where there is none that lets anyone in.</summary>
    /// <param name="pin">Of the key that the coordinator listens with; null: see <see cref="JoinToken.Pin"/>.</param>
    public JoinToken First(string? pin) => folder.Change(records =>
    {
        var token = records.Token(FirstName);
        if (token?.FaultAt(time.GetUtcNow()) is not null || Stored(token) is not { } secret)
        {
            secret = Secret.Draw(JoinToken.SecretPrefix);
            // Machines that have joined by the one before stay, unless it was revoked.
            if (token is not null)
                records = records.Renamed(token, Free(records, FirstName));
            records = records.With(new TokenRecord(FirstName, secret.Hash(), time.GetUtcNow()));
        }

        var first = new JoinToken(pin, secret);
        PrivateFile.Write(folder.Join, Encoding.ASCII.GetBytes(first.Write().Reveal() + "\n"));
        return (records.Pin == pin ? records : records with { Pin = pin }, first);
    });

    /// <exception cref="UserErrorException">There is one of this name.</exception>
    public JoinToken Add(string? name, TimeSpan? lasts, int? uses) => folder.Change(records =>
    {
        var free = name ?? Free(records, "token");
        if (records.Token(free) is not null)
            throw new UserErrorException($"there is a join token '{free}' already; give another name");
        var secret = Secret.Draw(JoinToken.SecretPrefix);
        var now = time.GetUtcNow();
        var token = new TokenRecord(free, secret.Hash(), now) { Expires = now + lasts, Uses = uses };
        return (records.With(token), new JoinToken(records.Pin, secret));
    });

    /// <exception cref="UserErrorException">There is none of this name.</exception>
    public void Revoke(string name)
    {
        folder.Change(records => records.Token(name) is { } token
            ? (records.With(token with { Revoked = true }), true)
            : throw new UserErrorException(
                $"there is no join token '{name}'; there are {Names(records)}"));
        if (name == FirstName)
            File.Delete(folder.Join);
    }

    /// <summary>Lets a machine join.</summary>
    /// <param name="secret">Of a token.</param>
    /// <returns>Its credential.</returns>
    /// <exception cref="NotAdmittedException">The token does not count, or not any more.</exception>
    public Secret Redeem(Secret secret)
    {
        var hash = secret.Hash();
        // Most that does not count is refused without a lock.
        if (!Knows(records => records.Tokens.Any(token => token.Hash == hash)))
            throw Unknown();
        return folder.Change(records =>
        {
            var token = records.Tokens.FirstOrDefault(token => token.Hash == hash) ?? throw Unknown();
            if (token.FaultAt(time.GetUtcNow()) is { } fault)
                throw new NotAdmittedException($"{fault}; {Advice}");
            return (
                records.With(token with { Used = token.Used + 1 }), new CredentialSigner(records.Key).Make(token.Hash));
        });
    }

    /// <summary>Why a machine that shows this may not take part; null where it may.</summary>
    public string? FaultOf(Secret credential)
    {
        if (credential.IsNone())
            return "it has not joined: give it the join token, FINEWEB_JOIN=TOKEN, as 'coordinator token show' prints it";
        TokenRecord? token = null;
        return Knows(records => (token = new CredentialSigner(records.Key).Find(credential, records.Tokens)) is not null)
            ? token!.Revoked
                ? $"the join token '{token.Name}', by which its machine joined, has been revoked; {Advice}"
                : null
            : $"this coordinator does not know the credential of its machine: 'worker forget' there, then {Anew}";
    }

    private static string Free(AccessRecords records, string name) => Enumerable.Range(1, int.MaxValue)
        .Select(number => string.Create(CultureInfo.InvariantCulture, $"{name}-{number}"))
        .First(candidate => records.Token(candidate) is null);

    private static NotAdmittedException Unknown() => new(
        "the join token is not one of this coordinator's: it is of another run, or what was kept in its access folder is " +
        $"gone; {Anew}");

    private static string Names(AccessRecords records) => records.Tokens.Count == 0
        ? "none"
        : string.Join(", ", records.Tokens.Select(token => $"'{token.Name}'"));

    /// <summary>The secret of the first token, should its file still be there and be of it.</summary>
    private Secret? Stored(TokenRecord? token)
    {
        try
        {
            return token is not null && PrivateFile.TryRead(folder.Join) is { } word &&
                JoinToken.Parse(word).Secret is var secret && secret.Hash() == token.Hash
                    ? secret
                    : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Whether something is in the records; what is not may have come into them just now.</summary>
    private bool Knows(Func<AccessRecords, bool> isThere)
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_looked) >= LookInterval)
                Look();
            if (isThere(_records))
                return true;
            Look();
            return isThere(_records);
        }
    }

    /// <summary>Reads the records again where their file is another one.</summary>
    private void Look()
    {
        _looked = time.GetTimestamp();
        var file = new FileInfo(folder.Records);
        var seen = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
        if (seen == _seen)
            return;
        (_seen, _records) = (seen, folder.Read());
    }
}

/// <summary>Whoever asked is not let in; the message says why and what helps.</summary>
internal sealed class NotAdmittedException(string reason) : Exception(reason);
