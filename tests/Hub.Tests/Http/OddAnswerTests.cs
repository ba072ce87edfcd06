using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>Answers that are JSON and not what the Hub says: one line each, whatever is missing in them.</summary>
public sealed class OddAnswerTests
{
    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[null]")]
    [InlineData("[{}]")]
    [InlineData("""[{"type":"file","path":null}]""")]
    [InlineData("""[{"type":"file","path":"a","size":-1}]""")]
    [InlineData("""[{"type":"file","path":"a","lfs":{}}]""")]
    [InlineData("""[{"type":"file","path":"a","lfs":{"oid":null,"size":1}}]""")]
    public Task List_OddRows_AreABadAnswer(string body) =>
        DemandAsync(RequestKind.Tree, body, client =>
            client.ListAsync(EmulatedHub.Repository, "main").ToListAsync().AsTask());

    [Theory]
    [InlineData("[null]")]
    [InlineData("[{}]")]
    [InlineData("""[{"id":null}]""")]
    public Task Commits_OddRows_AreABadAnswer(string body) =>
        DemandAsync(RequestKind.Commits, body, client => client.GetCommitsAsync(EmulatedHub.Repository, "main"));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"files":null}""")]
    [InlineData("""{"files":[null]}""")]
    [InlineData("""{"files":[{"path":null}]}""")]
    public Task Preupload_OddRows_AreABadAnswer(string body) =>
        DemandAsync(RequestKind.Preupload, body, client =>
            client.PreuploadAsync(EmulatedHub.Repository, "main", [UploadFile.FromBytes("a", [1])]));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"objects":null}""")]
    [InlineData("""{"objects":[null]}""")]
    [InlineData("""{"objects":[{}]}""")]
    [InlineData("""{"objects":[{"oid":"OID","size":9,"actions":{"upload":{}}}]}""")]
    [InlineData("""{"objects":[{"oid":"OID","size":9,"actions":{"upload":{"href":"ftp://x"}}}]}""")]
    [InlineData("""{"objects":[{"oid":"OID","size":9,"actions":{"upload":{"href":"http://x","header":{"chunk_size":1,"":"","99999999999":""}}}}]}""")]
    [InlineData("""{"objects":[{"oid":"OID","size":9,"actions":{"upload":{"href":"http://x","header":{"chunk_size":"\ud800"}}}}]}""")]
    public Task Batch_OddRows_AreABadAnswer(string body)
    {
        var blob = new LfsObject(new string('a', 64), 9);
        return DemandAsync(
            RequestKind.LfsBatch, body.Replace("OID", blob.Oid, StringComparison.Ordinal),
            client => client.GetUploadActionsAsync(EmulatedHub.Repository, "main", [blob]));
    }

    /// <summary>A number that would have every request wait for years.</summary>
    [Fact]
    public async Task RateLimit_OfYears_IsWaitedForMinutes()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Info,
            ReplaceHeaders = new Dictionary<string, string> { ["RateLimit"] = "\"api\";r=0;t=2147483647" },
        });
        await hub.Client.GetInfoAsync(EmulatedHub.Repository);

        await hub.Client.GetInfoAsync(EmulatedHub.Repository);

        Assert.InRange(Assert.Single(hub.Time.Delays), TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(11));
    }

    private static async Task DemandAsync(string kind, string body, Func<HubClient, Task> ask)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("x.parquet", ServerFiles.Bytes(10)));
        hub.Server.Faults.Add(new Fault { Kind = kind, Status = 200, Body = body, Times = 99 });

        var error = await Assert.ThrowsAsync<HubException>(() => ask(hub.Client));

        Assert.Equal(HubErrorKind.BadAnswer, error.Kind);
        Assert.DoesNotContain('\n', error.Message);
    }
}
