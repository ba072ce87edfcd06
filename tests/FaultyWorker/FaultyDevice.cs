using System.Text.Json;

namespace FineWebTorch.FaultyWorker;

/// <summary>What is wrong with the device of a worker that tests start; told to it in a variable, as JSON.</summary>
internal sealed record FaultyDevice
{
    public const string Variable = "FAULTY_DEVICE";

    /// <summary>A file that gets a line for every batch scored: how many documents, how many milliseconds.</summary>
    public string? Tally { get; init; }

    /// <summary>Takes so much longer for each document, so that a run of a few files lasts.</summary>
    public double MillisecondsPerDocument { get; init; }

    /// <summary>A file; when it is gone, documents take no longer than they do. Null: they always do.</summary>
    public string? Brake { get; init; }

    /// <summary>Never comes back from this batch on; the first is 0.</summary>
    public int? HangsAt { get; init; }

    /// <summary>Fails from this batch on; the first is 0.</summary>
    public int? FailsAt { get; init; }

    /// <summary>How it fails.</summary>
    public DeviceFault Fault { get; init; }

    /// <summary>A document that begins with this ends the process as soon as the device is given it.</summary>
    public string? Poison { get; init; }

    public static FaultyDevice OfThisProcess { get; } =
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } json
            ? JsonSerializer.Deserialize<FaultyDevice>(json)!
            : new FaultyDevice();

    public string ToJson() => JsonSerializer.Serialize(this);
}

/// <summary>What a batch ends with on a device that fails.</summary>
internal enum DeviceFault
{
    /// <summary>An error of the device itself.</summary>
    Device,

    /// <summary>An error that reads as one of the file's.</summary>
    Data,

    /// <summary>An error of a disk.</summary>
    Disk,
}
