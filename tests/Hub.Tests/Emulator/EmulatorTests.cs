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
}
