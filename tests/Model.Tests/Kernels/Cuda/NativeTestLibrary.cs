using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace FineWebTorch.Model.Tests.Kernels.Cuda;

/// <summary>Compiles a source of native/ into a library below artifacts/, once for each text, and loads it.</summary>
internal static class NativeTestLibrary
{
    private static readonly string Folder =
        Path.Combine(TestData.RepositoryRoot, "tests", "Model.Tests", "Kernels", "Cuda", "native");

    public static string Kernels { get; } =
        Path.Combine(TestData.RepositoryRoot, "src", "Model", "Networks", "Cuda");

    /// <param name="soname">The name under which later look-ups find the library that is loaded now.</param>
    public static void Load(string source, string? soname = null)
    {
        var path = Path.Combine(Folder, source);
        string[] texts = [path, .. Directory.GetFiles(Kernels, "*.*", SearchOption.AllDirectories).Order()];
        var key = Convert.ToHexString(SHA256.HashData(
            [.. texts.SelectMany(File.ReadAllBytes), .. Encoding.UTF8.GetBytes(soname + TorchRuntime.Library)]))[..16];
        var library = Path.Combine(TestData.RepositoryRoot, "artifacts", "test-native", $"{key}.so");
        if (!File.Exists(library))
            Compile(path, library, soname);
        NativeLibrary.Load(library);
    }

    /// <summary>Runs a compiler; its errors fail the test.</summary>
    public static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return output.GetAwaiter().GetResult();
    }

    private static void Compile(string source, string library, string? soname)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(library)!);
        var partial = $"{library}.{Environment.ProcessId}";
        var libtorch = Environment.GetEnvironmentVariable("LIBTORCH") is { Length: > 0 } folder ? folder : null;
        Run(Executables.Require("g++"),
        [
            "-std=c++17", "-O1", "-shared", "-fPIC", "-Wno-unknown-pragmas", source, "-o", partial,
            "-I", Path.Combine(Kernels, "native"),
            .. libtorch is null ? (string[])[] : ["-I", Path.Combine(libtorch, "include")],
            .. libtorch is null ? (string[])[] : ["-L", Path.Combine(libtorch, "lib")],
            "-ltorch_cpu", "-lc10", "-lpthread",
            .. soname is null ? (string[])[] : [$"-Wl,-soname,{soname}"],
        ]);
        File.Move(partial, library, overwrite: true);
    }
}
