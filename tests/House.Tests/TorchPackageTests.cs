using System.Diagnostics;
using System.Text.Json.Nodes;

namespace FineWebTorch.House.Tests;

/// <summary>
/// Which package brings libtorch. Asked of the build's evaluation, as the packages for CUDA weigh gigabytes: no lock file
/// holds them, and no test restores them.
/// </summary>
public sealed class TorchPackageTests
{
    [Theory]
    [InlineData("Torch=cuda-linux", "TorchSharp-cuda-linux")]
    [InlineData("Torch=cuda-windows", "TorchSharp-cuda-windows")]
    [InlineData("RuntimeIdentifier=linux-x64", "libtorch-cpu-linux-x64")]
    [InlineData("RuntimeIdentifier=win-x64", "libtorch-cpu-win-x64")]
    [InlineData("RuntimeIdentifier=osx-arm64", "libtorch-cpu-osx-arm64")]
    public async Task Program_OfAKind_RefersToItsLibTorchAlone(string property, string package)
    {
        var evaluated = await EvaluateAsync(property);

        var torch = evaluated["Items"]!["PackageReference"]!.AsArray().Select(item => (string)item!["Identity"]!)
            .Where(name => name.Contains("torch", StringComparison.OrdinalIgnoreCase) && name != "TorchSharp");
        Assert.Equal([package], torch);
        Assert.Equal("", (string?)evaluated["Properties"]!["RestorePackagesWithLockFile"]);
    }

    private static async Task<JsonNode> EvaluateAsync(string property)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            "msbuild", Path.Combine(SourceProject.Root, "Worker", "Worker.csproj"), $"-p:{property}",
            "-getItem:PackageReference", "-getProperty:RestorePackagesWithLockFile",
        ]);
        return JsonNode.Parse(await Executables.OutputOfAsync(start))!;
    }
}
