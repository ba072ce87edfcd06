using System.Globalization;
using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Model;
using FineWebTorch.Parquet;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>Checks finished shards: their bytes against the ledger, some of their scores against the model.</summary>
internal sealed class ShardVerifier(RunFolder folder, TextWriter output)
{
    private readonly List<ShardRecord> _shards = [.. folder.Core.Files
        .Where(file => file.State.Stage == FileStage.Done).Select(file => file.Shard!)];

    private double _largest;

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    /// <exception cref="UserErrorException">Nothing can be compared.</exception>
    public async Task<int> RunAsync(int sample, string device, CancellationToken cancellationToken)
    {
        if (_shards.Count == 0)
            throw new UserErrorException($"{folder.Path}: the run has no finished shard yet");
        CheckModel();
        var faults = new List<string>();
        foreach (var shard in _shards)
        {
            if (await CheckBytesAsync(shard, cancellationToken) is { } fault)
                faults.Add(fault);
        }

        var rows = faults.Count > 0 ? 0 : CheckScores(sample, device, faults, cancellationToken);
        foreach (var fault in faults)
            output.WriteLine(fault);
        output.WriteLine(faults.Count > 0
            ? $"{faults.Count} of the checks failed"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{_shards.Count} shards are as the ledger says; {rows} rows scored again, largest difference " +
                $"{_largest:0.0e+0} (tolerance {Tolerance:0.0e+0} for {Dtypes.Name(folder.Core.Run.Dtype)})"));
        return faults.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    /// <summary>In 16-bit modes a score depends a little on its neighbours in the batch; here it has others.</summary>
    private double Tolerance => folder.Core.Run.Dtype switch
    {
        Dtype.Fp16 => 1e-2,
        Dtype.Bf16 => 5e-2,
        _ => 1e-4,
    };

    private void CheckModel()
    {
        var model = folder.Core.Run.Model;
        var digest = ModelFolder.Digest(ModelFolder.Digests(model.Path));
        if (digest != model.Digest)
            throw new UserErrorException(
                $"{model.Path}: the model is not the one that the run was made with; bring the old one back");
    }

    private async Task<string?> CheckBytesAsync(ShardRecord shard, CancellationToken cancellationToken)
    {
        var path = folder.Places.ShardPath(shard.Name);
        if (!File.Exists(path))
            return $"{path}: the shard is not there";
        if (new FileInfo(path).Length != shard.Size)
            return $"{path}: the shard has {new FileInfo(path).Length} bytes instead of {shard.Size}";
        return await Digests.OfFileAsync(path, cancellationToken) == shard.Sha256
            ? null
            : $"{path}: the shard's sha256 is not that of the ledger";
    }

    private int CheckScores(int sample, string device, List<string> faults, CancellationToken cancellationToken)
    {
        var chosen = RowSample.Choose([.. _shards.Select(shard => shard.RowsKept)], sample, folder.Core.Run.RunId);
        using var rescorer = Rescorer.Load(folder.Core.Run, device);
        foreach (var (index, rows) in chosen)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = folder.Places.ShardPath(_shards[index].Name);
            var sampled = ShardSampler.Read(path, folder.Identity.TextColumn, folder.Identity.ScoreColumn, rows)
                .Where(row => row is { Text: not null, Score: not null }).ToList();
            foreach (var (row, score) in sampled.Zip(rescorer.Score([.. sampled.Select(row => row.Text!)])))
                Compare(path, row.Row, row.Score!.Value, score, faults);
        }

        return chosen.Values.Sum(rows => rows.Count);
    }

    private void Compare(string path, long row, double stored, float score, List<string> faults)
    {
        var difference = Math.Abs(stored - score);
        _largest = Math.Max(_largest, difference);
        // Not "above the tolerance": a NaN is a fault as well.
        if (!(difference <= Tolerance))
            faults.Add(string.Create(
                CultureInfo.InvariantCulture, $"{path}: row {row} has score {stored}, scored again {score}"));
    }
}
