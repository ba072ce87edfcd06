using System.Runtime.InteropServices;
using FineWebTorch.Model.Files;
using FineWebTorch.Model.Networks.Reference;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>Finds out what a GPU can do, and makes networks that use it.</summary>
internal static class CudaNetworks
{
    /// <summary>The operators that pass in BERT-base's shape.</summary>
    /// <param name="dtype">The type to try them in.</param>
    public static string KernelsOf(int index, ModelDtype dtype)
    {
        var warnings = new List<string>();
        using var kernels = Choose(
            new BertConfig(), new Device(TorchSharp.DeviceType.CUDA, index), TorchWeights.TypeOf(dtype), warnings);
        return kernels?.Names ?? ReferenceNetwork.Name;
    }

    /// <param name="checkpoint">Read while this is called.</param>
    /// <param name="index">Number of the GPU.</param>
    /// <param name="dtype">Of the linear layers.</param>
    /// <param name="warnings">Told of what does not work as it should; scores are right all the same.</param>
    public static INetwork Load(BertCheckpoint checkpoint, int index, ModelDtype dtype, List<string> warnings)
    {
        var device = new Device(TorchSharp.DeviceType.CUDA, index);
        return Choose(checkpoint.Config, device, TorchWeights.TypeOf(dtype), warnings) is { } kernels
            ? CudaNetwork.Load(checkpoint, device, dtype, kernels)
            : ReferenceNetwork.Load(checkpoint, device, dtype, threads: 0);
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
