using System.Net;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Access;

/// <summary>
/// Who may take part in a run: on an address that other machines reach, who has joined by a token, over TLS; on this
/// machine, workers of the coordinator's own user; with <c>--insecure</c>, everyone.
/// </summary>
internal sealed class RunAccess
{
    private readonly JoinTokens? _tokens;
    private readonly Secret? _owner;
    private readonly string _ownerFile;

    private RunAccess(Secret? owner, string ownerFile, ServerCertificate? certificate = null, JoinTokens? tokens = null)
    {
        (_owner, _ownerFile, Certificate, _tokens) = (owner, ownerFile, certificate, tokens);
        First = tokens?.First(certificate?.Pin);
    }

    /// <summary>Lets everyone in, unencrypted.</summary>
    public static RunAccess OpenToAll { get; } = new(owner: null, ownerFile: "");

    /// <summary>Null where nothing is encrypted.</summary>
    public ServerCertificate? Certificate { get; }

    /// <summary>For workers on other machines; null where none can come, or all may.</summary>
    public JoinToken? First { get; }

    /// <summary>
    /// For workers of this user, who can read the run folder; null where all may come. It names the key itself, whoever
    /// has signed its certificate: they call this machine by another name than the certificate does.
    /// </summary>
    public JoinToken? Owner => _owner is { } secret ? new JoinToken(Certificate?.KeyPin, secret, IsOwner: true) : null;

    /// <summary>Makes what the run needs, or goes on with what is there.</summary>
    /// <param name="runFolder">Absolute, and locked by this process.</param>
    /// <param name="tell">Hears of certificates that were renewed.</param>
    /// <exception cref="UserErrorException">Keys or certificates cannot be used.</exception>
    public static RunAccess Of(
        AccessOptions options, IPEndPoint listen, string runFolder, TimeProvider time, Action<string> tell)
    {
        var ownerFile = Path.Combine(runFolder, JoinToken.OwnerFile);
        if (options.Insecure)
        {
            File.Delete(ownerFile);
            return OpenToAll;
        }

        if (!options.Encrypts(listen))
        {
            var alone = new RunAccess(OwnerOf(runFolder), ownerFile);
            alone.Leave();
            return alone;
        }

        if (OperatingSystem.IsMacOS())
            throw new UserErrorException(
                "--listen: macOS' own TLS, which .NET uses, has no TLS 1.3 for who listens: run the coordinator on Linux or in " +
                "a Linux container, or let it listen on 127.0.0.1 and bring workers there by 'ssh -R'");
        var folder = AccessFolder.Of(options, runFolder);
        RunAccess? access = null;
        var certificate = ServerCertificate.Of(
            options, listen.Address, folder, time,
            text =>
            {
                access?.Leave();
                tell(text);
            });
        access = new RunAccess(OwnerOf(runFolder), ownerFile, certificate, new JoinTokens(folder, time));
        access.Leave();
        return access;
    }

    /// <summary>Why whoever shows this credential may not take part; null where it may.</summary>
    public string? FaultOf(Secret credential) =>
        _owner is null || _owner == credential ? null
        : _tokens is null
            ? $"this coordinator is for workers of user {Environment.UserName} alone: start the worker as that user, on the " +
                $"coordinator's machine, or give it --join @{_ownerFile}"
        : _tokens.FaultOf(credential);

    /// <inheritdoc cref="JoinTokens.Redeem"/>
    public Secret Redeem(Secret secret) => _tokens?.Redeem(secret) ??
        throw new NotAdmittedException("this coordinator takes no join tokens");

    /// <summary>The same over starts of a run: its workers wait for it with what they have.</summary>
    private static Secret OwnerOf(string runFolder) =>
        OwnerSecret.TryMake() ?? JoinToken.OfOwner(runFolder)?.Secret ?? Secret.Draw(JoinToken.SecretPrefix);

    private void Leave() =>
        PrivateFile.Write(_ownerFile, Encoding.ASCII.GetBytes(Owner!.Write().Reveal() + "\n"));
}
