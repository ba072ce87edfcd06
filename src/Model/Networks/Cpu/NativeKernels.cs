using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace FineWebTorch.Model.Networks.Cpu;

/// <summary>
/// The functions of native/api.h, which says what they do; <see cref="KernelLibrary"/> finds the library.
/// </summary>
internal static unsafe partial class NativeKernels
{
    private const string Library = KernelLibrary.Name;

    /// <param name="error">What a function returned.</param>
    /// <exception cref="ExternalException">It failed; the message is the library's.</exception>
    [SuppressMessage("Usage", "CA2201", Justification = "The type that libtorch's failures have, too.")]
    public static void Check(nint error)
    {
        if (error == 0)
            return;
        var message = Utf8StringMarshaller.ConvertToManaged((byte*)error);
        fineweb_error_free(error);
        throw new ExternalException(message);
    }

    [LibraryImport(Library)]
    internal static partial void fineweb_error_free(nint error);

    [LibraryImport(Library)]
    internal static partial nint fineweb_memory_allocate(long bytes);

    [LibraryImport(Library)]
    internal static partial void fineweb_memory_free(nint memory);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint fineweb_kernels_find(string name);

    [LibraryImport(Library)]
    internal static partial nint fineweb_linear_create(nint kernels, long outputs, long inputs, out nint linear);

    [LibraryImport(Library)]
    internal static partial nint fineweb_linear_fill(
        PackedLinear linear, long firstOutput, long count, byte* weights, NumberType weightsType, byte* biases,
        NumberType biasesType, int threads);

    [LibraryImport(Library)]
    internal static partial void fineweb_linear_free(nint linear);

    [LibraryImport(Library)]
    internal static partial nint fineweb_linear_run(
        PackedLinear linear, float* x, long xStride, long rows, int gelu, float* y, long yStride, int threads);

    [LibraryImport(Library)]
    internal static partial nint fineweb_embed(
        nint kernels, EmbeddingArguments* embeddings, int* ids, int* cumulativeLengths, long documents, float* hidden,
        long hiddenStride, int threads);

    [LibraryImport(Library)]
    internal static partial nint fineweb_attend(
        nint kernels, AttentionArguments* attention, int* cumulativeLengths, long documents, int threads);

    [LibraryImport(Library)]
    internal static partial nint fineweb_after_attention(
        LayerArguments* layer, float* context, long contextStride, float* hidden, long hiddenStride, long rows,
        int threads);

    [LibraryImport(Library)]
    internal static partial nint fineweb_score(
        PackedLinear pooler, PackedLinear classifier, float* rows, long stride, long count, float* scores, int threads);
}

/// <summary>fineweb_type of native/api.h.</summary>
internal enum NumberType
{
    Float32,
    Float16,
    BFloat16,
}

/// <summary>fineweb_norm of native/api.h.</summary>
internal unsafe struct NormArguments
{
    public float* Weight;
    public float* Bias;
    public float Epsilon;
}

/// <summary>fineweb_embeddings of native/api.h.</summary>
internal unsafe struct EmbeddingArguments
{
    public float* Words;
    public float* Positions;
    public long Width;
    public NormArguments Norm;
}

/// <summary>fineweb_attention of native/api.h.</summary>
internal unsafe struct AttentionArguments
{
    public float* Queries;
    public long QueryStride;
    public float* Keys;
    public float* Values;
    public long KeyValueStride;
    public long Heads;
    public long HeadSize;
    public int FirstOnly;
    public float* Output;
    public long OutputStride;
}

/// <summary>fineweb_layer of native/api.h.</summary>
internal struct LayerArguments
{
    public nint Output;
    public nint Intermediate;
    public nint Down;
    public NormArguments AttentionNorm;
    public NormArguments OutputNorm;
}
