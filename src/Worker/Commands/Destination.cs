using FineWebTorch.Common;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Commands;

/// <summary>The coordinator that a worker is to join, and what it shows there.</summary>
/// <param name="Found">Where it was found on this machine, unnamed; null where it was named or remembered.</param>
internal sealed record Destination(CoordinatorAddresses Addresses, Passport Passport, Uri? Found = null)
{
    /// <summary>
    /// Of a worker that was told: with a token, else with what is remembered of that coordinator, else as a worker of the
    /// user whose coordinator it is.
    /// </summary>
    /// <param name="notices">Of coordinators that run here.</param>
    /// <param name="tell">Hears of what cannot be remembered.</param>
    /// <exception cref="UserErrorException">It needs a token and has none, or one that is not for this address.</exception>
    public static Destination Named(
        CoordinatorAddresses named, JoinToken? token, IReadOnlyList<CoordinatorNotice> notices, Action<string> tell)
    {
        var remembered = RememberedCoordinator.TryRead();
        if (token is { IsOwner: true })
            return Owned(named, token);
        if (token is not null)
        {
            if (!named.AreEncrypted)
                throw Unusable(named, "a join token is for a coordinator that encrypts: write https://HOST:PORT");
            return remembered?.TokenHash == token.Secret.Hash() && remembered.Pin == token.Pin
                ? Known(named, remembered)
                : Joining(named, token, tell);
        }

        if (notices.FirstOrDefault(named.Include) is { } notice && JoinToken.OfOwner(notice.RunFolder) is { } owner)
            return Owned(named, owner);
        if (remembered is not null && named.Overlap(remembered.Addresses))
            return Known(named, remembered);
        return named.AreEncrypted
            ? throw Unusable(
                named, "it needs a join token: FINEWEB_JOIN=TOKEN, as 'coordinator token show' prints it there")
            : OwnerSecret.TryRead() is { } own
                ? Owned(named, new JoinToken(null, own, IsOwner: true))
                : new Destination(named, new Passport());
    }

    /// <summary>Of a worker that was not told: a coordinator that runs here.</summary>
    public static Destination Of(CoordinatorNotice notice)
    {
        var addresses = new CoordinatorAddresses(notice.Reachable!);
        var destination = JoinToken.OfOwner(notice.RunFolder) is { } owner
            ? Owned(addresses, owner)
            : new Destination(addresses, new Passport());
        return destination with { Found = notice.Reachable };
    }

    /// <summary>The one that was joined before.</summary>
    public static Destination Of(RememberedCoordinator remembered) => Known(remembered.Addresses, remembered);

    private static Destination Known(CoordinatorAddresses addresses, RememberedCoordinator remembered) => new(
        addresses.KnownBy(remembered.Pin), new Passport(() => new Secret(remembered.Credential)));

    /// <summary>Nobody else is shown what a user's programs know each other by.</summary>
    private static Destination Owned(CoordinatorAddresses addresses, JoinToken owner) => new(
        addresses.KnownBy(owner.Pin),
        new Passport(() => addresses.AreEncrypted || (addresses.LocalPorts is { Count: > 0 } ports && ports.All(PortOwner.MayBeOurs))
            ? owner.Secret
            : default));

    private static Destination Joining(CoordinatorAddresses addresses, JoinToken token, Action<string> tell) => new(
        addresses.KnownBy(token.Pin),
        new Passport(credential: null, token, credential => Remember(
            new RememberedCoordinator(addresses.Write(), token.Pin, credential.Reveal(), token.Secret.Hash()), tell)));

    /// <summary>A worker works without; the next one needs the token again.</summary>
    private static void Remember(RememberedCoordinator joined, Action<string> tell)
    {
        try
        {
            joined.Write();
            tell($"joined; from now on 'worker' alone joins {joined.Coordinator} ('worker forget' forgets it)");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            tell($"joined, but it cannot be remembered: {refused.Message}");
        }
    }

    private static UserErrorException Unusable(CoordinatorAddresses named, string reason) =>
        new($"{named}: {reason}", ExitCode.Usage);
}
