using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using Grpc.Core;

namespace FineWebTorch.Worker.Rpc;

/// <summary>
/// What a worker shows a coordinator to be let in: a credential, or a join token, for which it gets one at the first
/// connection.
/// </summary>
/// <param name="credential">Asked at each connection; none where there is none yet, or none is needed.</param>
/// <param name="token">Null where there is a credential, or none is needed.</param>
/// <param name="joined">Hears of the credential that came for the token.</param>
internal sealed class Passport(
    Func<Secret>? credential = null, JoinToken? token = null, Action<Secret>? joined = null)
{
    private readonly Secret _key = WorkerKey.Draw();
    private Secret? _joined;

    /// <summary>The worker's, which is what it is called by: nobody else can show what it follows from.</summary>
    public string WorkerId => WorkerKey.IdOf(_key);

    /// <summary>What a session is opened with.</summary>
    /// <exception cref="WrongPeerException">The token does not count, or what answers is no coordinator.</exception>
    /// <exception cref="RpcException">The coordinator is not there, or has no answer.</exception>
    public async Task<Metadata> PresentAsync(
        Coordination.CoordinationClient client, CancellationToken cancellation)
    {
        if (_joined is null && token is not null)
            await JoinAsync(client, token, cancellation);
        var shownCredential = _joined ?? credential?.Invoke() ?? default;
        var shown = new Metadata { { CallHeaders.Worker, _key.Reveal() } };
        if (!shownCredential.IsNone())
            shown.Add(CallHeaders.Credential, shownCredential.Reveal());
        return shown;
    }

    private async Task JoinAsync(
        Coordination.CoordinationClient client, JoinToken shown, CancellationToken cancellation)
    {
        var request = new JoinRequest { Secret = shown.Secret.Reveal() };
        try
        {
            var answer = await client.JoinAsync(request, cancellationToken: cancellation);
            var credential = new Secret(answer.Credential);
            if (credential.IsNone() || !credential.MayTravel())
                throw new WrongPeerException("it answers the join token with what is no credential: it is no coordinator");
            _joined = credential;
        }
        catch (RpcException refusal) when (refusal.StatusCode == StatusCode.PermissionDenied)
        {
            throw new WrongPeerException(refusal.Status.Detail, refusal);
        }

        joined?.Invoke(_joined.Value);
    }
}
