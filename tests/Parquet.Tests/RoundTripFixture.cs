namespace FineWebTorch.Parquet.Tests;

/// <summary>Every good file written back twice, all rows and every third, and read by another reader.</summary>
public sealed class RoundTripFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<Dictionary<string, RoundTrip>> _trips;

    public RoundTripFixture() => _trips = new(WriteAndCompare);

    internal RoundTrip this[string name] => _trips.Value[name];

    public void Dispose() => _folder.Dispose();

    internal static bool Thirds(long row) => row % 3 == 1;

    private Dictionary<string, RoundTrip> WriteAndCompare()
    {
        Hyparquet.Require();
        var jobs = new List<PeerJob>();
        var shards = new List<(string Name, ShardResult Result)>();
        foreach (var golden in GoldenCase.All.Where(golden => golden.Expect == "ok"))
        {
            foreach (var (suffix, keep) in new (string, Func<long, bool>)[] { ("", _ => true), ("/thirds", Thirds) })
            {
                var output = _folder.File($"{shards.Count}.parquet");
                var kept = Shards.Keep(golden.Rows, keep).ToList();
                var result = ShardWriter.Write(Shards.Request(golden.Path, output, golden.TextColumn), kept);
                shards.Add((golden.File + suffix, result));
                jobs.Add(new PeerJob(golden.Path, output, [.. kept.Select(row => row.Row)]));
            }
        }
        return shards.Zip(Hyparquet.Compare(jobs)).ToDictionary(
            pair => pair.First.Name, pair => new RoundTrip(pair.First.Result, pair.Second));
    }
}

internal sealed record RoundTrip(ShardResult Result, PeerView View);
