using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>Each row of the Hub's table of errors.</summary>
public sealed class HubErrorTests
{
    [Theory]
    [InlineData(401, "RepoNotFound", "Invalid username or password.", HubErrorKind.RepositoryNotFound, "private")]
    [InlineData(401, null, "Invalid credentials in Authorization header", HubErrorKind.Unauthorized, "settings/tokens")]
    [InlineData(401, "GatedRepo", "restricted", HubErrorKind.Gated,
        "accept the terms of datasets/alice/scores at http://")]
    [InlineData(403, "GatedRepo", "restricted", HubErrorKind.Gated, "/datasets/alice/scores with the account")]
    [InlineData(403, null, "Access to this resource is disabled.", HubErrorKind.Disabled, "disabled")]
    [InlineData(403, null, "you must use a write token", HubErrorKind.Forbidden, "lacks the right")]
    [InlineData(404, "RepoNotFound", "no", HubErrorKind.RepositoryNotFound, "does not exist")]
    [InlineData(404, "RevisionNotFound", "no", HubErrorKind.RevisionNotFound, "revision")]
    [InlineData(404, "EntryNotFound", "no", HubErrorKind.EntryNotFound, "no such file")]
    [InlineData(404, null, "no", HubErrorKind.NotFound, "no such thing")]
    [InlineData(400, null, "Invalid YAML", HubErrorKind.BadRequest, "Invalid YAML")]
    [InlineData(402, null, "pay", HubErrorKind.PaymentRequired, "quota")]
    [InlineData(409, null, "in progress", HubErrorKind.Conflict, "in progress")]
    [InlineData(412, null, "A commit has happened since.", HubErrorKind.PreconditionFailed, "moved")]
    [InlineData(413, null, "too many parameters", HubErrorKind.TooLarge, "too large")]
    public async Task Describe_AnswerOfTheHub_GivesKindAndAdvice(
        int status, string? code, string message, HubErrorKind kind, string said)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Info,
            Status = status,
            Headers = new Dictionary<string, string> { [code is null ? "X-Nothing" : "X-Error-Code"] = code ?? "" },
            Body = $$"""{"error":"{{message}}"}""",
        });
        var error = await Assert.ThrowsAsync<HubException>(() => hub.Client.GetInfoAsync(EmulatedHub.Repository));
        Assert.Equal((kind, status, code), (error.Kind, (int)error.Status!.Value, error.ErrorCode));
        Assert.Contains(said, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("datasets/alice/scores", error.Message, StringComparison.Ordinal);
        Assert.Equal(EmulatedHub.Repository, error.Repository);
    }

    [Theory]
    [InlineData("""{"error":["first","second"]}""", "first; second")]
    [InlineData("""{"errors":[{"message":"nested"}]}""", "nested")]
    [InlineData("""{"error":"two\nlines"}""", "two lines")]
    [InlineData("""not json""", "HTTP 400")]
    public async Task Describe_BodyInAnyShape_IsQuotedOnOneLine(string body, string said)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Info, Status = 400, Body = body });
        var error = await Assert.ThrowsAsync<HubException>(() => hub.Client.GetInfoAsync(EmulatedHub.Repository));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task Describe_ServerEchoesSecrets_TheyAreBlottedOut()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Info,
            Status = 400,
            Body = $$"""{"error":"{{EmulatedHub.Token}} at https://cdn/x?Signature=abc"}""",
        });
        var error = await Assert.ThrowsAsync<HubException>(() => hub.Client.GetInfoAsync(EmulatedHub.Repository));
        Assert.DoesNotContain(EmulatedHub.Token, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Signature", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describe_NoTokenAndPrivate_AsksForOne()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Store.Create("datasets", "alice/secret", true);
        var client = hub.NewClient(options => options with { Token = null });
        var error = await Assert.ThrowsAsync<HubException>(
            () => client.GetInfoAsync(HubRepository.Dataset("alice/secret")));
        Assert.Equal(HubErrorKind.RepositoryNotFound, error.Kind);
        Assert.Contains("HF_TOKEN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describe_AnswerThatIsNoHub_SaysSo()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(
            new Fault { Kind = RequestKind.Info, Status = 200, Body = "<html>Welcome to the wifi</html>" });
        var error = await Assert.ThrowsAsync<HubException>(() => hub.Client.GetInfoAsync(EmulatedHub.Repository));
        Assert.Equal(HubErrorKind.BadAnswer, error.Kind);
    }
}
