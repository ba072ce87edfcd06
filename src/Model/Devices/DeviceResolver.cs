using System.Globalization;
using FineWebTorch.Model.Networks;
using FineWebTorch.Model.Networks.Cpu;
using FineWebTorch.Model.Networks.Cuda;
using FineWebTorch.Model.Networks.Reference;
using TorchSharp;

namespace FineWebTorch.Model;

/// <summary>Turns a device's name into what is there.</summary>
internal static class DeviceResolver
{
    public static ComputeDevice Resolve(string name, int threads, string kernels)
    {
        var device = Find(name, threads, kernels);
        if (device.Kind != ComputeDeviceKind.Cpu && kernels is not (KernelChoice.Auto or KernelChoice.Reference))
            throw new NotSupportedException(
                $"kernels {kernels}: an instruction set of CPUs, but the device is {device}; use auto or reference");
        return device;
    }

    private static ComputeDevice Find(string name, int threads, string kernels)
    {
        if (name == "auto")
            return torch.cuda.is_available() ? Cuda(0, kernels) : MpsWorks() ? Mps() : Cpu(threads, kernels);
        if (name is "cpu")
            return Cpu(threads, kernels);
        if (name is "mps")
            return MpsWorks() ? Mps() : throw new NotSupportedException(
                $"mps: {TorchRuntime.Library} has no Metal device here; use the device cpu");
        if (name is "cuda")
            return Cuda(0, kernels);
        if (name.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            return Cuda(index, kernels);
        throw new NotSupportedException($"there is no device '{name}': use auto, cpu, cuda, cuda:N or mps");
    }

    private static ComputeDevice Cpu(int threads, string choice)
    {
        torch.set_num_threads(threads);
        var fused = KernelChoice.OfCpu(choice);
        var kernels = fused is null ? ReferenceNetwork.Name : CpuNetwork.NameOf(fused);
        return new ComputeDevice
        {
            Kind = ComputeDeviceKind.Cpu,
            Index = 0,
            Name = CpuIdentity.ProductName,
            NumericClass = fused is null
                ? $"cpu;{CpuIdentity.Text};{TorchRuntime.CpuCapability};{TorchRuntime.Library};"
                  + $"threads {threads};{kernels}"
                : string.Create(CultureInfo.InvariantCulture, $"cpu;revision {CpuKernels.Revision};{kernels}"),
            Threads = threads,
            MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            Kernels = kernels,
            CpuKernels = fused,
            KernelsReason = KernelChoice.ReasonOf(choice),
            Warnings = KernelChoice.WarningOf(choice) is { } warning ? [warning] : [],
            SupportedDtypes = fused?.InBFloat16() is null
                ? [ModelDtype.Float32]
                : [ModelDtype.Float32, ModelDtype.BFloat16],
        };
    }

    private static ComputeDevice Cuda(int index, string choice)
    {
        var count = TorchRuntime.CudaDevices;
        if (count == 0)
            throw new NotSupportedException(TorchRuntime.IsCudaBuild
                ? $"cuda:{index}: {TorchRuntime.Library} finds no NVIDIA GPU with a working driver here "
                  + "(nvidia-smi shows what the driver sees); use the device cpu"
                : $"cuda:{index}: {TorchRuntime.Library} was found, which is built for the CPU alone; run "
                  + "build/setup --cuda, or use the device cpu");
        var driver = CudaDriver.Loaded;
        if (index >= count)
            throw new NotSupportedException($"cuda:{index}: there is no such GPU; found " + string.Join(
                ", ", Enumerable.Range(0, count).Select(i => $"cuda:{i} ({GpuFacts.Read(driver, i).Name})")));
        // Products in tf32 keep 10 bits of the mantissa, sums in fp16 overflow: fp32 shall mean fp32.
        torch.backends.cuda.matmul.allow_tf32 = false;
        torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = false;
        var gpu = GpuFacts.Read(driver, index);
        var isReference = choice == KernelChoice.Reference;
        var kernels = isReference ? ReferenceNetwork.Name : KernelsOf(index, gpu);
        var versions = CudaVersions.Read(NativeLibraries.CudaRuntime(), NativeLibraries.Cublas());
        return new ComputeDevice
        {
            Kind = ComputeDeviceKind.Cuda,
            Index = index,
            Name = gpu.Name,
            NumericClass = gpu.NumericClass(TorchRuntime.Library, versions, kernels),
            MemoryBytes = gpu.MemoryBytes,
            Uuid = gpu.Uuid,
            SupportedDtypes = gpu.Dtypes,
            Kernels = kernels,
            IsReference = isReference,
        };
    }

    /// <summary>The operators that pass in BERT-base's shape, in the type that suits the GPU best.</summary>
    private static string KernelsOf(int index, GpuFacts gpu)
    {
        var dtype = gpu.Dtypes.Contains(ModelDtype.Float16) ? ModelDtype.Float16 : ModelDtype.Float32;
        using var kernels = CudaKernels.OnGpu(index, new BertConfig(), dtype, []);
        return kernels?.Names ?? ReferenceNetwork.Name;
    }

    private static ComputeDevice Mps() => new()
    {
        Kind = ComputeDeviceKind.Mps,
        Index = 0,
        Name = "Metal",
        NumericClass = $"mps;{TorchRuntime.Library};{ReferenceNetwork.Name}",
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        SupportedDtypes = [ModelDtype.Float32, ModelDtype.Float16],
    };

    /// <summary>TorchSharp has no question for it, so a tensor is tried.</summary>
    private static bool MpsWorks()
    {
        if (!OperatingSystem.IsMacOS())
            return false;
        try
        {
            using var probe = torch.ones([1], device: new torch.Device(DeviceType.MPS, 0));
            return true;
        }
        catch (System.Runtime.InteropServices.ExternalException)
        {
            return false;
        }
    }
}
