using FineWebTorch.Model.Networks.Cuda;

namespace FineWebTorch.Model.Tests.Networks.Cuda;

public class GpuFactsTests
{
    [Theory]
    [InlineData(61, "fp32")]
    [InlineData(70, "fp32 fp16")]
    [InlineData(75, "fp32 fp16")]
    [InlineData(80, "fp32 fp16 bf16")]
    [InlineData(86, "fp32 fp16 bf16")]
    [InlineData(90, "fp32 fp16 bf16")]
    [InlineData(120, "fp32 fp16 bf16")]
    public void Dtypes_AreThoseOfTheTensorCores(int architecture, string expected) => Assert.Equal(
        expected, string.Join(' ', new GpuFacts("GPU", architecture, 0).Dtypes.Select(ModelDtypes.Name)));

    [Fact]
    public void NumericClass_NamesDeviceAndVersions() => Assert.Equal(
        "cuda;NVIDIA H100 80GB HBM3;sm_90;libtorch 2.10.0;CUDA 12.8;cuBLAS 12.8.4;flash attention, fused norm",
        new GpuFacts("NVIDIA H100 80GB HBM3", 90, 0).NumericClass(
            "libtorch 2.10.0", CudaVersions.Read(NativeTestLibrary.FakeCuda, NativeTestLibrary.FakeCuda),
            "flash attention, fused norm"));

    [Fact]
    public void Versions_OfLibrariesThatAreNotThere_AreUnknown() =>
        Assert.Equal("CUDA unknown;cuBLAS unknown", CudaVersions.Read(0, 0).ToString());
}
