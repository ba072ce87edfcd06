using System.Net;
using System.Net.Http.Headers;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

public sealed class PartialFileTests
{
    [Fact]
    public async Task Ensure_FooterAndOneRowGroup_FetchesLittleMore()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var content = ServerFiles.Bytes(4_000_000);
        WriteFooter(content, 100_000);
        hub.Put(("x.parquet", content));
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", "x.parquet");
        using var file = PartialFile.Create(hub.Client.OpenReader(resolved), Path.Combine(hub.Folder, "part.parquet"));
        await file.EnsureParquetFooterAsync();
        await file.EnsureAsync([(1_000_000, 50_000), (1_060_000, 50_000)]);
        await file.EnsureAsync([(1_010_000, 20_000)]);
        var local = await File.ReadAllBytesAsync(file.Path);
        Assert.Equal(content.Length, local.Length);
        Assert.Equal(content[^100_008..], local[^100_008..]);
        Assert.Equal(content[1_000_000..1_110_000], local[1_000_000..1_110_000]);
        Assert.All(local[2_000_000..3_000_000], one => Assert.Equal(0, one));
        Assert.Equal(4, file.Requests);
        Assert.InRange(file.BytesFetched, 210_000, 220_000);
        Assert.Equal(1, hub.Log.Count(RequestKind.Resolve));
    }

    /// <summary>Before it is known what is wrong with it, all of it would have to come, and lie on the disk.</summary>
    [Fact]
    public async Task EnsureFooter_OfGigabytes_IsRefusedBeforeItIsFetched()
    {
        const long Size = 3L << 30;
        using var folder = new TemporaryFolder();
        using var ends = new Ends(Size, footer: 2u << 30);
        using var transport = new HubTransport(new HubTransportOptions { Handler = _ => ends });
        using var reader = new RemoteFileReader(
            transport, new RemoteFile(EmulatedHub.Repository, new string('a', 40), "x.parquet", new string('b', 64), Size),
            new SignedDownload("https://cdn.example/x", null, NeedsToken: false));
        using var file = PartialFile.Create(reader, folder.File("part.parquet"));

        var error = await Assert.ThrowsAsync<HubException>(() => file.EnsureParquetFooterAsync());

        Assert.Equal(HubErrorKind.WrongContent, error.Kind);
        Assert.Contains("x.parquet has a footer of 2.", error.Message, StringComparison.Ordinal);
        Assert.InRange(file.BytesFetched, 1, 1 << 20);
    }

    [Fact]
    public async Task EnsureFooter_NoParquetFile_SaysSo()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("x.parquet", ServerFiles.Bytes(1000)));
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", "x.parquet");
        using var file = PartialFile.Create(hub.Client.OpenReader(resolved), Path.Combine(hub.Folder, "part.parquet"));
        var error = await Assert.ThrowsAsync<HubException>(() => file.EnsureParquetFooterAsync());
        Assert.Contains("x.parquet is not a Parquet file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_OfOverlappingWishes_JoinsNearOnesAndSkipsWhatIsThere()
    {
        var ranges = new ByteRanges();
        ranges.Add(100, 200);
        ranges.Add(150, 300);
        ranges.Add(300, 310);
        Assert.Equal([(50, 100), (310, 350)], ranges.Missing([(50, 300)], 5));
        Assert.Equal([(0, 20), (400, 420)], ranges.Missing([(400, 20), (0, 10), (12, 8)], 5));
        Assert.Empty(ranges.Missing([(120, 190)], 5));
    }

    private static void WriteFooter(byte[] file, int length)
    {
        BitConverter.TryWriteBytes(file.AsSpan(file.Length - 8), length);
        "PAR1"u8.CopyTo(file.AsSpan(file.Length - 4));
    }

    [Fact]
    public async Task Access_FromTheEnvironment_OpensAPartOfAFile()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var content = ServerFiles.Bytes(4_000_000);
        hub.Put(("x.parquet", content));
        var environment = new HubEnvironment(name => name switch
        {
            "HF_ENDPOINT" => hub.Server.Url.ToString(),
            "HF_TOKEN" => EmulatedHub.Token,
            "HF_HUB_CACHE" => hub.CacheFolder,
            _ => null,
        });
        using var access = HubAccess.From(environment, options => options with { Logger = TestLog.Logger });
        var path = HubPath.Parse("hf://datasets/alice/scores/x.parquet");
        using var file = await access.OpenPartialAsync(path, Path.Combine(hub.Folder, "part"));
        await file.EnsureAsync([(10, 20)]);
        Assert.Equal((20, 1), (file.BytesFetched, file.Requests));
        Assert.Equal(content[10..30], (await File.ReadAllBytesAsync(file.Path))[10..30]);
    }

    /// <summary>A file that ends as Parquet files do, and holds nothing but zeros.</summary>
    private sealed class Ends(long size, uint footer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var range = request.Headers.Range!.Ranges.Single();
            var content = new byte[Math.Min(range.To!.Value + 1 - range.From!.Value, 1 << 20)];
            if (range.To == size - 1)
                ((byte[])[.. BitConverter.GetBytes(footer), .. "PAR1"u8]).CopyTo(content, content.Length - 8);
            var answer = new HttpResponseMessage(HttpStatusCode.PartialContent) { Content = new ByteArrayContent(content) };
            answer.Content.Headers.ContentRange = new ContentRangeHeaderValue(range.From.Value, range.To.Value, size);
            return Task.FromResult(answer);
        }
    }
}
