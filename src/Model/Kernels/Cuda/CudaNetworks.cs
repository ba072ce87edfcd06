using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Kernels.Cuda;

/// <summary>Finds out what a GPU can do, and makes networks that use it.</summary>
internal static class CudaNetworks
{
    /// <summary>The operators that pass in BERT-base's shape.</summary>
    /// <param name="dtype">The type to try them in.</param>
    public static string KernelsOf(int index, ModelDtype dtype)
    {
        var warnings = new List<string>();
        using var kernels = Choose(
            new BertConfig(), new Device(TorchSharp.DeviceType.CUDA, index), BertRegressor.TypeOf(dtype), warnings);
        return kernels?.Names ?? CudaKernels.ComposedName;
    }

    /// <param name="warnings">Told of what does not work as it should; scores are right all the same.</param>
    /// <inheritdoc cref="BertRegressor.Load"/>
    public static INetwork Load(WeightLoader weights, BertConfig config, ComputeDevice device, List<string> warnings)
    {
        var place = device.TorchDevice;
        return Choose(config, place, weights.LinearType, warnings) is { } kernels
            ? CudaNetwork.Load(weights, config, place, kernels)
            : ComposedNetwork.Load(weights, config, device);
    }

    /// <returns>Null where not even the stream works.</returns>
    private static CudaKernels? Choose(BertConfig config, Device device, ScalarType type, List<string> warnings)
    {
        CudaStream? stream = null;
        try
        {
            var opened = stream = new CudaStream(device.index);
            new OperatorCheck(config, device, type).Stream(opened);
            var kernels = CudaKernels.Choose(
                config, device, type, opened, () => FusedOperators.OnDevice(opened, device, type));
            warnings.AddRange(kernels.Warnings);
            return kernels;
        }
        catch (Exception failure) when (failure is ExternalException or DllNotFoundException
            or EntryPointNotFoundException or BadImageFormatException)
        {
            stream?.Dispose();
            warnings.Add($"batches are computed one by one here: {failure.Message.ReplaceLineEndings(" ")}");
            return null;
        }
    }
}
