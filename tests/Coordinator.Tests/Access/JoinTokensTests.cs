using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;

namespace FineWebTorch.Coordinator.Tests.Access;

/// <summary>Tokens that count and those that do not, and what is kept of them.</summary>
public sealed class JoinTokensTests : IDisposable
{
    private static readonly string Pin = Sha256.Of("a key");
    private readonly TemporaryFolder _temporary = new();
    private readonly FakeTime _time = new();
    private readonly AccessFolder _folder;
    private readonly JoinTokens _tokens;

    public JoinTokensTests()
    {
        _folder = new AccessFolder(_temporary["access", "x"][..^2]);
        _tokens = new JoinTokens(_folder, _time);
    }

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void First_StartedAgain_IsTheSameUntilItIsRevoked()
    {
        var first = _tokens.First(Pin);

        Assert.Equal(Pin, first.Pin);
        Assert.Equal(first, new JoinTokens(_folder, _time).First(Pin));
        Assert.Equal(first, JoinToken.ParseOption("@" + _folder.Join));
        var credential = _tokens.Redeem(first.Secret);
        File.Delete(_folder.Join);
        Assert.NotEqual(first.Secret, _tokens.First(Pin).Secret);
        Assert.Null(_tokens.FaultOf(credential));

        first = _tokens.First(Pin);
        _tokens.Revoke(JoinTokens.FirstName);
        Assert.False(File.Exists(_folder.Join));
        Assert.NotEqual(first.Secret, _tokens.First(Pin).Secret);
    }

    [Fact]
    public void Credential_OfATokenThatCounts_LetsItsMachineInAgainAndAgain()
    {
        var credential = _tokens.Redeem(_tokens.First(Pin).Secret);

        Assert.Null(_tokens.FaultOf(credential));
        Assert.Null(new JoinTokens(_folder, _time).FaultOf(credential));
        Assert.Contains("has not joined", _tokens.FaultOf(default), StringComparison.Ordinal);
        Assert.Contains(
            "does not know", _tokens.FaultOf(Secret.Draw(CredentialSigner.Prefix)), StringComparison.Ordinal);
        // A token is no credential.
        Assert.NotNull(_tokens.FaultOf(_tokens.First(Pin).Secret));
    }

    [Fact]
    public void Token_Expired_LetsNobodyJoinAndThoseWhoHaveStay()
    {
        var token = _tokens.Add("short", TimeSpan.FromHours(2), uses: null);
        var credential = _tokens.Redeem(token.Secret);
        _time.Advance(TimeSpan.FromHours(3));

        Assert.Contains("has expired", Refusal(token), StringComparison.Ordinal);
        Assert.Null(_tokens.FaultOf(credential));
    }

    [Fact]
    public void Token_ForTwoMachines_IsUsedUpAfterTwo()
    {
        var token = _tokens.Add("two", lasts: null, uses: 2);
        Assert.NotEqual(_tokens.Redeem(token.Secret), _tokens.Redeem(token.Secret));

        Assert.Contains("used up: it was for 2 machines", Refusal(token), StringComparison.Ordinal);
    }

    [Fact]
    public void Token_RevokedByAnotherProcess_StopsLettingInItsMachinesWithinASecond()
    {
        var token = _tokens.Add(null, lasts: null, uses: null);
        var credential = _tokens.Redeem(token.Secret);
        Assert.Null(_tokens.FaultOf(credential));

        new JoinTokens(_folder, _time).Revoke("token-1");
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains("'token-1', by which its machine joined, has been revoked", _tokens.FaultOf(credential),
            StringComparison.Ordinal);
        Assert.Contains("has been revoked", Refusal(token), StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => _tokens.Revoke("no such"));
        Assert.Throws<UserErrorException>(() => _tokens.Add("token-1", null, null));
    }

    [Fact]
    public void Token_AddedByAnotherProcess_CountsAtOnce()
    {
        _tokens.First(Pin);
        var token = new JoinTokens(_folder, _time).Add("late", null, null);

        Assert.Equal(Pin, token.Pin);
        Assert.Null(_tokens.FaultOf(_tokens.Redeem(token.Secret)));
    }

    [Fact]
    public void Credential_ForACopyOfTheFolder_IsKnownThereAndElsewhereNot()
    {
        _tokens.First(Pin);
        var copy = new AccessFolder(_temporary["copy", "x"][..^2]);
        File.Copy(_folder.Records, copy.Records);
        var credential = _tokens.Redeem(_tokens.First(Pin).Secret);
        var other = new JoinTokens(new AccessFolder(_temporary["other", "x"][..^2]), _time);
        other.Add("join", null, null);

        Assert.Null(new JoinTokens(copy, _time).FaultOf(credential));
        Assert.Contains("does not know", other.FaultOf(credential), StringComparison.Ordinal);
        var text = credential.Reveal();
        // In what names the token, in what is drawn, in the signature.
        foreach (var place in (int[])[20, 35, text.Length - 3])
        {
            var forged = text[..place] + (text[place] == 'A' ? 'B' : 'A') + text[(place + 1)..];
            Assert.Contains("does not know", _tokens.FaultOf(new Secret(forged)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Records_OfTokensAndCredentials_HoldNoneOfThemAndAreTheUsersAlone()
    {
        var token = _tokens.Add("kept", null, null);
        var credential = _tokens.Redeem(token.Secret);

        var kept = File.ReadAllText(_folder.Records);
        Assert.DoesNotContain(token.Secret.Reveal(), kept, StringComparison.Ordinal);
        Assert.DoesNotContain(credential.Reveal(), kept, StringComparison.Ordinal);
        Assert.Contains(token.Secret.Hash(), kept, StringComparison.Ordinal);
        _tokens.First(Pin);
        foreach (var file in (string[])[_folder.Records, _folder.Join])
        {
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    private string Refusal(JoinToken token) =>
        Assert.Throws<NotAdmittedException>(() => _tokens.Redeem(token.Secret)).Message;
}
