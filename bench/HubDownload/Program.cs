// One large file through the emulated Hub: a reset on the way; then a run that stops half-way and one that continues.
//   dotnet run -c Release --project bench/HubDownload -- [GIGABYTES] [FOLDER]
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;

var gigabytes = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 2;
var folder = Directory.CreateDirectory(
    args.Length > 1 ? args[1] : Path.Combine(Path.GetTempPath(), "hub-download-" + Environment.ProcessId)).FullName;
try
{
    await using var server = await HubEmulatorServer.StartAsync(
        new EmulatorOptions { Root = Path.Combine(folder, "server") }).ConfigureAwait(false);
    var size = (long)(gigabytes * 1e9);
    var clock = Stopwatch.StartNew();
    Put(server.Store.Create("datasets", "bench/large", false)!, size);
    Console.WriteLine($"made a file of {size:N0} bytes in {clock.Elapsed.TotalSeconds:0.0} s");

    await MeasureAsync(server, "parallel, one reset", Path.Combine(folder, "a"), null).ConfigureAwait(false);
    await MeasureAsync(server, "stopped at half", Path.Combine(folder, "b"), size / 2).ConfigureAwait(false);
    await MeasureAsync(server, "continued", Path.Combine(folder, "b"), null).ConfigureAwait(false);
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static async Task MeasureAsync(HubEmulatorServer server, string what, string cache, long? stopAt)
{
    using var stop = new CancellationTokenSource();
    var options = new DownloadOptions { Progress = new StopAt(stop, stopAt) };
    using var hub = new HubAccess(new HubOptions { Endpoint = server.Url }, null, HubCache.In(cache), options);
    server.Log.Clear();
    server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, Skip = 3, CutAfter = 5_000_000, Reset = true });
    var clock = Stopwatch.StartNew();
    var path = "";
    try
    {
        path = await hub.Fetcher.FetchAsync(HubRepository.Dataset("bench/large"), "main", "x.parquet", stop.Token)
            .ConfigureAwait(false);
    }
    catch (OperationCanceledException)
    {
        path = Directory.GetFiles(cache, "*.incomplete", SearchOption.AllDirectories)[0];
    }
    var bytes = new FileInfo(path).ResolveLinkTarget(true) is FileInfo blob ? blob.Length : new FileInfo(path).Length;
    var (seconds, requests) = (clock.Elapsed.TotalSeconds, server.Log.Count(RequestKind.ObjectGet));
    var memory = Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
    Console.WriteLine(
        $"{what}: {bytes:N0} bytes on disk after {seconds:0.0} s, {requests} requests, at most {memory} MiB");
    server.Faults.Clear();
}

static void Put(Repository repository, long size)
{
    var temporary = repository.LfsFile("new");
    Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
    using (var file = File.Create(temporary))
    {
        var random = new Random(1);
        var buffer = new byte[1 << 20];
        for (var left = size; left > 0; left -= buffer.Length)
        {
            random.NextBytes(buffer);
            file.Write(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length)));
        }
    }
    string oid;
    using (var file = File.OpenRead(temporary))
        oid = Convert.ToHexStringLower(SHA256.HashData(file));
    File.Move(temporary, repository.LfsFile(oid));
    repository.State.Refs["refs/heads/main"] = repository.Add(
        null, "large", "", (id, files) => files["x.parquet"] = TreeEntry.OfLfs(oid, size, id)).Id;
}

internal sealed class StopAt(CancellationTokenSource stop, long? bytes) : IProgress<DownloadProgress>
{
    public void Report(DownloadProgress value)
    {
        if (value.Bytes >= bytes)
            stop.Cancel();
    }
}
