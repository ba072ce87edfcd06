using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Rpc;
using Grpc.Core;

namespace FineWebTorch.Worker.Tests.Rpc;

/// <summary>What a worker takes for a credential, and shows from then on.</summary>
public sealed class PassportTests
{
    private static readonly JoinToken Token = new(Pin: null, Secret.Draw(JoinToken.SecretPrefix));

    [Theory]
    [InlineData("")]
    [InlineData("fwc1_a\r\nfineweb-worker: b")]
    [InlineData("fwc1_\0")]
    [InlineData("fwc1_\u00e9")]
    [InlineData("fwc1_", 2000)]
    public async Task Join_AnsweredWithWhatIsNoCredential_EndsWithOneLineAndKeepsNothing(string credential, int more = 0)
    {
        Secret? kept = null;
        var passport = new Passport(token: Token, joined: got => kept = got);

        var error = await Assert.ThrowsAsync<WrongPeerException>(
            () => passport.PresentAsync(new Answering(credential + new string('a', more)), TestContext.Current.CancellationToken));

        Assert.Contains("is no credential", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Null(kept);
    }

    [Fact]
    public async Task Join_AnsweredWithACredential_ShowsIt()
    {
        var passport = new Passport(token: Token);

        var shown = await passport.PresentAsync(new Answering("fwc1_abc"), TestContext.Current.CancellationToken);

        Assert.Equal("fwc1_abc", shown.GetValue(CallHeaders.Credential));
    }

    private sealed class Answering(string credential) : Coordination.CoordinationClient
    {
        public override AsyncUnaryCall<JoinAnswer> JoinAsync(
            JoinRequest request, Metadata? headers = null, DateTime? deadline = null,
            CancellationToken cancellationToken = default) => new(
            Task.FromResult(new JoinAnswer { Credential = credential }), Task.FromResult(new Metadata()),
            () => Status.DefaultSuccess, () => [], () => { });
    }
}
