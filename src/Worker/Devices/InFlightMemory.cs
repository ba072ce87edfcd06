using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Devices;

/// <summary>Remembers <see cref="BatchesInFlight"/> of each device and model in a small JSON file.</summary>
/// <param name="path">In a folder that may not exist yet.</param>
internal sealed class InFlightMemory(string path)
{
    private static readonly JsonSerializerOptions Style = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    private static readonly Lock Writing = new();

    public BatchesInFlight For(EduClassifier model, ComputeDevice device) => device.Kind == ComputeDeviceKind.Cpu
        ? BatchesInFlight.One
        : For(string.Join(
            "; ", device.Name, $"{device.MemoryBytes >> 20} MiB", ModelDtypes.Name(model.Dtype),
            $"{model.Config.Layers} layers of {model.Config.HiddenSize}"));

    /// <param name="key">Device and model.</param>
    public BatchesInFlight For(string key) => new(
        Read().GetValueOrDefault(key) is { IsSound: true } known ? known : BatchesInFlight.Choice.First,
        choice => Remember(key, choice));

    /// <summary>A file that is missing or damaged costs a few slow batches, no more.</summary>
    private Dictionary<string, BatchesInFlight.Choice?> Read()
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, BatchesInFlight.Choice?>>(
                File.ReadAllBytes(path), Style) ?? [];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    private void Remember(string key, BatchesInFlight.Choice choice)
    {
        try
        {
            lock (Writing)
            {
                var all = Read();
                all[key] = choice;
                AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(all, Style));
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // It is measured again next time.
        }
    }
}
