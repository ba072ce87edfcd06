using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.TorchSharp.Tests;

public sealed class DeviceTests
{
    [Theory]
    [InlineData("cpu", DeviceType.CPU, -1, "cpu")]
    [InlineData("cuda", DeviceType.CUDA, -1, "cuda")]
    [InlineData("cuda:1", DeviceType.CUDA, 1, "cuda:1")]
    [InlineData("CUDA:12", DeviceType.CUDA, 12, "cuda:12")]
    [InlineData("mps", DeviceType.MPS, -1, "mps")]
    public void Device_FromText_HasKindAndIndex(string text, DeviceType type, int index, string printed)
    {
        Device device = text;
        Assert.Equal((type, index, printed), (device.type, device.index, device.ToString()));
    }

    [Fact]
    public void Cuda_OnALibtorchWithoutIt_IsNotAvailable()
    {
        Assert.SkipWhen(cuda.device_count() > 0, "there is a GPU here");
        Assert.False(cuda.is_available());
        Assert.False(cuda_is_available());
        Assert.False(cuda.is_cudnn_available());
        Assert.False(mps_is_available());
    }

    [Fact]
    public void Switches_OfTheBackends_KeepWhatIsSet()
    {
        var before = backends.cuda.matmul.allow_tf32;
        try
        {
            foreach (var value in new[] { true, false, true })
            {
                backends.cuda.matmul.allow_tf32 = value;
                backends.cuda.matmul.allow_fp16_reduced_precision_reduction = value;
                backends.cudnn.allow_tf32 = value;
                backends.cuda.enable_flash_sdp(value);
                Assert.Equal(value, backends.cuda.matmul.allow_tf32);
                Assert.Equal(value, backends.cuda.matmul.allow_fp16_reduced_precision_reduction);
                Assert.Equal(value, backends.cudnn.allow_tf32);
                Assert.Equal(value, backends.cuda.flash_sdp_enabled());
            }
        }
        finally
        {
            backends.cuda.matmul.allow_tf32 = before;
        }
    }
}
