using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using FineWebTorch.Model.Networks.Cuda;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Cuda;

/// <summary>Compiles native/fake_cuda.cpp into a library below artifacts/, once for each text, and loads it.</summary>
internal static unsafe class NativeTestLibrary
{
    private static readonly Lazy<nint> Library = new(Load);

    public static string Kernels { get; } =
        Path.Combine(TestData.RepositoryRoot, "src", "Model", "Networks", "Cuda");

    public static string Folder { get; } =
        Path.Combine(TestData.RepositoryRoot, "tests", "Model.Tests", "Networks", "Cuda", "native");

    /// <summary>The library, which is CUDA's driver, NVRTC, CUDA's runtime and cuBLAS in one.</summary>
    public static nint FakeCuda => Library.Value;

    /// <summary>Chooses the architecture of the GPU; 90 is the standard.</summary>
    public static void SetArchitecture(int architecture) =>
        ((delegate* unmanaged<int, void>)Find("fake_set_architecture"))(architecture);

    /// <summary>What the driver was given to load last.</summary>
    public static string LoadedImage => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)Find("fake_loaded"))())!;

    public static int OpenEvents => ((delegate* unmanaged<int>)Find("fake_open_events"))();

    public static int ContextDepth => ((delegate* unmanaged<int>)Find("fake_context_depth"))();

    public static nint Find(string function) => NativeLibrary.GetExport(FakeCuda, function);

    private static nint Load()
    {
        string[] texts = [Path.Combine(Kernels, "kernels.cu"), .. Directory.GetFiles(Folder).Order()];
        var key = Convert.ToHexString(SHA256.HashData([.. texts.SelectMany(File.ReadAllBytes)]))[..16];
        var library = Path.Combine(TestData.RepositoryRoot, "artifacts", "test-native", $"{key}.so");
        if (!File.Exists(library))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(library)!);
            var partial = $"{library}.{Environment.ProcessId}";
            Executables.OutputOfAsync(new ProcessStartInfo(Executables.Require("g++"),
            [
                "-std=c++17", "-O1", "-shared", "-fPIC", "-Wno-unknown-pragmas", "-I", Kernels,
                Path.Combine(Folder, "fake_cuda.cpp"), "-o", partial, "-lpthread",
            ])).GetAwaiter().GetResult();
            File.Move(partial, library, overwrite: true);
        }

        return NativeLibrary.Load(library);
    }
}

/// <summary>The functions of kernels.cu on the CPU, slow.</summary>
internal sealed unsafe class HostKernels : IKernelLauncher
{
    /// <summary>The operators that launch them, for activations of a type.</summary>
    public static FusedOperators Operators(ScalarType type) => new(new HostKernels(), CPU, type);

    public void Launch(string function, int rows, void** arguments)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(function + '\0'))
            Assert.Equal(0, ((delegate* unmanaged<byte*, uint, void**, int>)NativeTestLibrary.Find("fake_launch"))(
                name, (uint)rows, arguments));
    }

    public void Dispose()
    {
        // Nothing is held
    }
}
