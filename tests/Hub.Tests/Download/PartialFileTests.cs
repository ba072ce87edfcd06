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
}
