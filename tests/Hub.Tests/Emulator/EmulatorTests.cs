using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

public sealed class EmulatorTests
{
    [Theory]
    [InlineData("0.0.0.0", "localhost")]
    [InlineData("127.0.0.1", "192.0.2.1")]
    public async Task Start_OffLoopback_IsRefused(string address, string dataHost)
    {
        var options = new EmulatorOptions
        {
            Root = Path.GetTempPath(),
            Address = IPAddress.Parse(address),
            DataHost = dataHost,
        };
        await Assert.ThrowsAsync<ArgumentException>(() => HubEmulatorServer.StartAsync(options));
    }

    [Fact]
    public async Task Start_Again_FindsWhatWasThere()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var commit = hub.Put(("x.parquet", [1, 2, 3]));
        await using var second = await HubEmulatorServer.StartAsync(
            new EmulatorOptions { Root = Path.Combine(hub.Folder, "server") });
        Assert.Equal(commit, second.Store.Find("datasets", "alice/scores")!.Require("main").Id);
    }

    [Fact]
    public async Task Storage_TokenSentToIt_IsRefused()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("x.parquet", [1, 2, 3]));
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", "x.parquet");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", EmulatedHub.Token);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync(resolved.Download.Url)).StatusCode);
        hub.Log.Clear();
    }

    [Fact]
    public async Task Storage_RangeAfterTheEnd_IsAnsweredWithTheSize()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("x.parquet", [1, 2, 3]));
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", "x.parquet");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Range = new(3, null);
        using var answer = await http.GetAsync(SignedUrl.Create(resolved.Download.Url));
        Assert.Equal(
            (HttpStatusCode.RequestedRangeNotSatisfiable, 3L),
            (answer.StatusCode, answer.Content.Headers.ContentRange!.Length));
    }

    [Fact]
    public async Task Storage_ObjectSentAgain_IsNoted()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var blob = new LfsObject(ServerFiles.Sha256([1, 2, 3]), 3);
        var actions = (await hub.Client.GetUploadActionsAsync(EmulatedHub.Repository, "main", [blob]))[0];
        using var http = new HttpClient();
        for (var time = 0; time < 2; time++)
        {
            using var content = new ByteArrayContent([1, 2, 3]);
            using var answer = await http.PutAsync(SignedUrl.Create(actions.UploadUrl!), content);
            Assert.True(answer.IsSuccessStatusCode);
        }
        Assert.Equal([false, true], hub.Log.Of(RequestKind.ObjectPut).Select(entry => entry.IsRepeated));
    }

    [Theory]
    [InlineData(23, true)]
    [InlineData(25, false)]
    public async Task Storage_ObjectThatNoCommitNames_IsDroppedAfterItsTime(int hours, bool kept)
    {
        var time = new AutoTime();
        await using var hub = await EmulatedHub.StartAsync(
            options => options with { ObjectLife = TimeSpan.FromHours(24), Time = time });
        var blob = await UploadAsync(hub, [1, 2, 3]);

        time.Advance(TimeSpan.FromHours(hours));

        Assert.Equal(kept, await IsStoredAsync(hub, blob));
    }

    [Theory]
    [InlineData("main", false)]
    [InlineData("main", true)]
    [InlineData("refs/pr/1", false)]
    public async Task Storage_ObjectThatAnyRefHasNamed_IsKept(string revision, bool deletedSince)
    {
        var time = new AutoTime();
        await using var hub = await EmulatedHub.StartAsync(
            options => options with { ObjectLife = TimeSpan.FromHours(24), Time = time });
        var blob = await UploadAsync(hub, [1, 2, 3]);
        var request = new CommitRequest
        {
            Repository = EmulatedHub.Repository,
            Summary = "Add",
            Operations = [new CommitOperation.AddLfsFile("x.parquet", blob.Oid, blob.Size)],
            CreatePullRequest = revision != "main",
        };
        await hub.Client.CommitAsync(request);
        if (deletedSince)
            await hub.Client.CommitAsync(
                request with { Operations = [new CommitOperation.DeleteFile("x.parquet")] });

        time.Advance(TimeSpan.FromDays(30));

        Assert.True(await IsStoredAsync(hub, blob));
    }

    [Fact]
    public async Task Control_Collect_DropsWhatNoCommitNamesAtOnce()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var blob = await UploadAsync(hub, [1, 2, 3]);
        using var http = new HttpClient { BaseAddress = hub.Server.Url };

        (await http.PostAsync("_emulator/collect", null)).EnsureSuccessStatusCode();

        Assert.False(await IsStoredAsync(hub, blob));
    }

    [Fact]
    public async Task Control_FaultPostedAsJson_HappensAndIsCounted()
    {
        await using var hub = await EmulatedHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Server.Url };
        using var posted =
            await http.PostAsJsonAsync("_emulator/faults", new { kind = "info", status = 418, times = 1 });
        var error = await Assert.ThrowsAsync<HubException>(() => hub.Client.GetInfoAsync(EmulatedHub.Repository));
        Assert.Equal(418, (int)error.Status!.Value);
        await hub.Client.GetInfoAsync(EmulatedHub.Repository);
        var counts = await http.GetFromJsonAsync<Dictionary<string, int>>("_emulator/requests");
        Assert.Equal(2, counts!["info"]);
    }

    [Fact]
    public async Task Program_OnItsOwn_SaysWhereItListens()
    {
        await using var hub = await EmulatedHub.StartAsync();
        using var process =
            StartProgram("--port", "0", "--root", Path.Combine(hub.Folder, "alone"), "--token", EmulatedHub.Token);
        try
        {
            var line = (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!;
            Assert.StartsWith("HF_ENDPOINT=http://127.0.0.1:", line, StringComparison.Ordinal);
            var client = hub.NewClient(options => options with { Endpoint = new Uri(line["HF_ENDPOINT=".Length..]) });
            Assert.True(await client.CreateRepositoryAsync(EmulatedHub.Repository, false));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Program_OffLoopback_EndsWithOneLine()
    {
        using var process = StartProgram("--root", Path.GetTempPath(), "--listen", "0.0.0.0");
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
        Assert.StartsWith("error: the emulator listens on loopback only", error, StringComparison.Ordinal);
    }

    private static Process StartProgram(params string[] arguments)
    {
        var program = typeof(HubEmulatorServer).Assembly.Location;
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    private static async Task<LfsObject> UploadAsync(EmulatedHub hub, byte[] content)
    {
        var blob = new LfsObject(ServerFiles.Sha256(content), content.Length);
        var path = Path.Combine(hub.Folder, blob.Oid);
        await File.WriteAllBytesAsync(path, content);
        using var transport = hub.NewTransport();
        await new HubUploader(hub.Client, new ObjectUploader(transport))
            .SendAsync(EmulatedHub.Repository, "main", path, blob);
        return blob;
    }

    private static async Task<bool> IsStoredAsync(EmulatedHub hub, LfsObject blob) =>
        (await hub.Client.FindMissingAsync(EmulatedHub.Repository, "main", [blob])).Count == 0;
}
