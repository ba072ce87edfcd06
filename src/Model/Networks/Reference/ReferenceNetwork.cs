using System.Runtime.InteropServices;
using FineWebTorch.Model.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Reference;

/// <summary>
/// The network in libtorch's own operators: runs on every device, and is what other networks are compared with.
/// </summary>
internal sealed partial class ReferenceNetwork : INetwork
{
    /// <summary>What <see cref="Kernels"/> says of a network in which nothing is fused.</summary>
    public const string Name = "reference";

    private readonly BertConfig _config;
    private readonly Device _device;
    private readonly int _threads;

    private ReferenceNetwork(BertCheckpoint checkpoint, TorchWeights weights, Device device, int threads)
    {
        _config = checkpoint.Config;
        _device = device;
        _threads = threads;
        Encoder = new BertEncoder(checkpoint, weights, new ReferenceOperators(weights.LinearType));
        Head = new RegressionHead(checkpoint, weights);
    }

    public string Kernels => Name;

    public bool IsBatchInvariant => false;

    public BertEncoder Encoder { get; }

    public RegressionHead Head { get; }

    /// <param name="checkpoint">Read while this is called.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="dtype">Of the linear layers.</param>
    /// <param name="threads">Threads of a CPU; 0 leaves them as they are.</param>
    public static ReferenceNetwork Load(BertCheckpoint checkpoint, Device device, ModelDtype dtype, int threads)
    {
        if (device.type == DeviceType.CPU)
            KeepFreedMemory();
        return TorchWeights.Keep(() => new ReferenceNetwork(
            checkpoint, new TorchWeights(device, TorchWeights.TypeOf(dtype)), device, threads));
    }

    public PendingScores Begin(PackedBatch batch)
    {
        if (_threads > 0)
            set_num_threads(_threads); // OpenMP keeps this number for each calling thread
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var lengths = batch.CumulativeLengths.Span;
        var input = EncoderInput.Of(batch.TokenIds.Span, lengths, _device);
        var attention = ReferenceAttention.Of(_config, lengths, _device);
        var scores = Head.Forward(Encoder.Forward(input, attention)).cpu();
        return PendingScores.Completed(MemoryMarshal.Cast<byte, float>(scores.bytes).ToArray());
    }

    public void Dispose()
    {
        Encoder.Dispose();
        Head.Dispose();
    }

    /// <summary>
    /// Each operator's result is a matrix of megabytes. glibc gives such memory back to the system at once, which then
    /// has to clear it for the next one: with BERT-base a third of all time. Options of mallopt(3).
    /// </summary>
    private static void KeepFreedMemory()
    {
        const int TrimThreshold = -1, TopPad = -2, MmapMax = -4;
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = SetAllocator(MmapMax, 0);
            _ = SetAllocator(TrimThreshold, int.MaxValue);
            _ = SetAllocator(TopPad, 64 << 20);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library than glibc, with ways of its own.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocator(int option, int value);
}
