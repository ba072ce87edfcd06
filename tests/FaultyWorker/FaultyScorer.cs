using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;

namespace FineWebTorch.FaultyWorker;

/// <summary>A scorer whose device has the faults that a test asked for, and that counts what it scores.</summary>
/// <param name="poison">Token ids of the document that ends the process; none where there is no such document.</param>
internal sealed partial class FaultyScorer(IScorer scorer, FaultyDevice device, int[] poison) : IScorer
{
    private const int Kill = 9;
    private int _batches;

    public string NumericClass => scorer.NumericClass;

    public bool IsBatchInvariant => scorer.IsBatchInvariant;

    public PendingScores Begin(PackedBatch batch)
    {
        if (_batches == device.HangsAt)
            Thread.Sleep(Timeout.Infinite);
        if (_batches >= device.FailsAt)
            throw Failure();
        if (poison.Length > 0 && batch.TokenIds.Span.IndexOf(poison) >= 0)
            _ = SendSignal(Environment.ProcessId, Kill);
        _batches++;
        var began = Stopwatch.GetTimestamp();
        if (device.Brake is null || File.Exists(device.Brake))
            Thread.Sleep(TimeSpan.FromMilliseconds(batch.Documents * device.MillisecondsPerDocument));
        var pending = scorer.Begin(batch);
        Tally(batch.Documents, Stopwatch.GetElapsedTime(began));
        return pending;
    }

    public float ScoreAlone(ReadOnlySpan<int> tokenIds) => scorer.ScoreAlone(tokenIds);

    private Exception Failure() => device.Fault switch
    {
        DeviceFault.Device => new DeviceFailedException("an uncorrectable memory error"),
        DeviceFault.Disk => new IOException("Too many open files"),
        _ => new InvalidDataException("the text column cannot be decoded"),
    };

    /// <summary>In one write, which outlives this process however that ends.</summary>
    private void Tally(int documents, TimeSpan took)
    {
        if (device.Tally is null)
            return;
        var line = string.Create(CultureInfo.InvariantCulture, $"{documents} {took.TotalMilliseconds:F0}\n");
        using var file = new FileStream(
            device.Tally, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(Encoding.ASCII.GetBytes(line));
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}

/// <summary>The real model, on a device with faults.</summary>
internal sealed class FaultyLoader(ComputeDevice device, InFlightMemory inFlight, FaultyDevice faults) : IModelLoader
{
    public LoadedModel Load(string folder, ModelDtype dtype)
    {
        var model = EduClassifier.Load(folder, device, dtype);
        var encoder = new ModelTextEncoder(model.Tokenizer);
        return new LoadedModel(
            new DeviceQueue(
                new FaultyScorer(new ModelScorer(model), faults, TokensOf(faults.Poison, encoder)),
                inFlight.For(model, device), TimeProvider.System),
            encoder, [], model);
    }

    private static int[] TokensOf(string? text, ModelTextEncoder encoder)
    {
        if (text is null)
            return [];
        var ids = new int[encoder.MaxLength];
        var count = encoder.Encode(Encoding.UTF8.GetBytes(text), ids);
        // With [CLS] before it, which only the beginning of a document has; without [SEP].
        return ids[..(count - 1)];
    }
}
