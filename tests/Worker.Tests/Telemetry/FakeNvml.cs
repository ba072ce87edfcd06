using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FineWebTorch.Worker.Tests.Telemetry;

/// <summary>Compiles native/fake_nvml.cpp in a folder of the test's own.</summary>
internal sealed unsafe class FakeNvml : IDisposable
{
    public const string Gpu = "28384858-6878-8898-a8b8-c8d8e8f80818";
    public const string PartOfGpu = "11111111-2222-3333-4444-555555555555";

    private readonly string _folder = Directory.CreateTempSubdirectory("worker-nvml-").FullName;

    /// <param name="define">What it lacks; see the source.</param>
    public string Build(string define = "COMPLETE")
    {
        var library = Path.Combine(_folder, $"nvml-{define}.so");
        Executables.OutputOfAsync(new ProcessStartInfo(Executables.Require("g++"),
        [
            "-std=c++17", "-O1", "-shared", "-fPIC", $"-D{define}",
            Path.Combine(
                TestData.RepositoryRoot, "tests", "Worker.Tests", "Telemetry", "native", "fake_nvml.cpp"),
            "-o", library,
        ])).GetAwaiter().GetResult();
        return library;
    }

    /// <summary>How often it has been begun without an end.</summary>
    public static int TimesOpen(string library) => ((delegate* unmanaged<int>)NativeLibrary.GetExport(
        NativeLibrary.Load(library), "fake_opened"))();

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
